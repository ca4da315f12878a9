// Which changes of a configuration a running server cannot take over.
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config.ts';
import { configKey } from './schema.ts';
import type { SettingKey } from './schema.ts';

const reloadable: readonly SettingKey[] = [
  'registries',
  'allow_registries',
  'deny_registries',
  'image_validation',
];

/** The settings that differ and hold only after a restart, by their keys in the file. */
export function needingRestart(running: Config, next: Config): readonly SettingKey[] {
  const keys = Object.keys(configKey) as SettingKey[];
  return keys.filter(
    (key) => !reloadable.includes(key) && !isDeepStrictEqual(running[configKey[key]], next[configKey[key]]),
  );
}
