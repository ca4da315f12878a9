// Makes one frozen Config: flags over environment over file over defaults.
import { defaultConfig } from './config.ts';
import type { Config } from './config.ts';
import { readEnvironment } from './environment.ts';
import type { Environment } from './environment.ts';
import { readConfigFile } from './file.ts';
import { issueText } from './issue.ts';
import { ConfigError } from './mistake.ts';
import type { Mistake } from './mistake.ts';
import { configKey, settingShape } from './schema.ts';
import type { SettingKey, Settings } from './schema.ts';
import { configPath, settings } from './setting.ts';
import type { FlagKey } from './setting.ts';

export interface ConfigSources {
  /** What each flag that was given holds: text, or true and false for a switch. */
  readonly flags?: Readonly<Partial<Record<FlagKey, string | boolean>>>;
  readonly environment?: Environment;
  /** The file of the flag `--config-path`, which goes before the variable's. */
  readonly configPath?: string;
}

/** A configuration, and which source said each setting; those that nobody said are not in it. */
export interface LoadedConfig {
  readonly config: Config;
  /** `--port`, `OCIREGISTRY_PORT`, or `file:line:column`. */
  readonly origins: ReadonlyMap<SettingKey, string>;
}

/** What one source says, and what is wrong in it. */
interface Layer {
  readonly settings: Settings;
  readonly mistakes: readonly Mistake[];
  readonly origin: (key: SettingKey) => string;
}

/**
 * Reads every source, whole, so that all mistakes are known at once, also those that a stronger source hides.
 * @throws {ConfigError}
 */
export function loadConfig(sources: ConfigSources): Config {
  return loadWithOrigins(sources).config;
}

/**
 * Like {@link loadConfig}, for those who want to show it.
 * @throws {ConfigError}
 */
export function loadWithOrigins(sources: ConfigSources): LoadedConfig {
  const { flags = {}, environment = {} } = sources;
  const variables = readEnvironment(environment);
  const layers = [
    readNamedFile(configFileOf(sources)),
    { ...nothing, mistakes: variables.mistakes },
    parseLayer(variables.values, 'variable'),
    parseLayer(new Map(Object.entries(flags) as [FlagKey, string | boolean][]), 'flag'),
  ];
  const mistakes = layers.toReversed().flatMap((layer) => layer.mistakes);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  const origins = new Map<SettingKey, string>();
  for (const { settings: said, origin } of layers) {
    for (const key of Object.keys(said) as SettingKey[]) {
      if (said[key] !== undefined) origins.set(key, origin(key));
    }
  }
  const merged = Object.assign({}, ...layers.map((layer) => layer.settings)) as Settings;
  return { config: toConfig(merged), origins };
}

/** The file that is read, if one is named. */
export function configFileOf({ configPath: flag, environment = {} }: ConfigSources): string | undefined {
  const variable = environment[configPath.variable];
  return flag ?? (variable === '' ? undefined : variable);
}

const nothing: Layer = { settings: {}, mistakes: [], origin: () => '' };

function parseLayer(given: ReadonlyMap<FlagKey, unknown>, source: 'flag' | 'variable'): Layer {
  const parsedSettings: Partial<Record<FlagKey, unknown>> = {};
  const mistakes: Mistake[] = [];
  for (const setting of settings) {
    if (!given.has(setting.key)) continue;
    const parsed = settingShape[setting.key].safeParse(given.get(setting.key), { error: issueText });
    if (parsed.success) parsedSettings[setting.key] = parsed.data;
    else
      mistakes.push({
        place: setting[source],
        message: firstMessage(parsed.error),
        usage: source === 'flag',
      });
  }
  const names = new Map<SettingKey, string>(settings.map((setting) => [setting.key, setting[source]]));
  return { settings: parsedSettings as Settings, mistakes, origin: (key) => names.get(key) ?? '' };
}

function readNamedFile(path: string | undefined): Layer {
  if (path === undefined) return nothing;
  const file = readConfigFile(path);
  return { ...file, origin: (key) => file.place([key]) };
}

function firstMessage(error: { readonly issues: readonly { readonly message: string }[] }): string {
  return error.issues[0]?.message ?? 'is not valid';
}

function toConfig(merged: Settings): Config {
  const given = (Object.entries(merged) as [SettingKey, unknown][]).filter(
    ([, value]) => value !== undefined,
  );
  return deepFreeze({
    ...defaultConfig,
    ...Object.fromEntries(given.map(([key, value]) => [configKey[key], value])),
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
