// How each setting is named on the command line and in the environment, for the flags, their help and the reference.
import { defaultConfig } from './config.ts';
import { configKey, settingShape } from './schema.ts';
import type { SettingKey } from './schema.ts';

export const variablePrefix = 'OCIREGISTRY_';

/** What one flag or one environment variable cannot hold, because it holds others. */
export const fileSettings = ['server_tls', 'admission_tls', 'image_validation', 'registries'] as const;
export type FileKey = (typeof fileSettings)[number];

/** A setting that they can hold. */
export type FlagKey = Exclude<SettingKey, FileKey>;

function isFlagKey(key: SettingKey): key is FlagKey {
  return !(fileSettings as readonly string[]).includes(key);
}

export interface Setting {
  readonly key: FlagKey;
  readonly flag: string;
  readonly variable: string;
  readonly description: string;
  /** What stands for the value in the flag's usage; a switch has none. */
  readonly value: string | undefined;
  readonly default: string | number | boolean | undefined;
}

/** In the order in which they are shown. */
export const settings: readonly Setting[] = (Object.keys(settingShape) as SettingKey[])
  .filter(isFlagKey)
  .map((key) => {
    const { description = '', value } = settingShape[key].meta() ?? {};
    return {
      key,
      flag: flagOf(key),
      variable: variableOf(key),
      description,
      value: typeof value === 'string' ? value : undefined,
      default: defaultConfig[configKey[key] as 'port' | 'host' | 'defaultNs' | 'airGapped'],
    };
  });

/** Where a configuration file is named; the only thing besides the settings that has a flag and a variable. */
export const configPath = { flag: flagOf('config_path'), variable: variableOf('config_path') };

function flagOf(key: string): string {
  return `--${key.replaceAll('_', '-')}`;
}

function variableOf(key: string): string {
  return `${variablePrefix}${key.toUpperCase()}`;
}
