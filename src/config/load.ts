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

/** What one source says, and what is wrong in it. */
interface Layer {
  readonly settings: Settings;
  readonly mistakes: readonly Mistake[];
}

/**
 * Reads every source, whole, so that all mistakes are known at once, also those that a stronger source hides.
 * @throws {ConfigError}
 */
export function loadConfig({ flags = {}, environment = {}, configPath: named }: ConfigSources): Config {
  const variables = readEnvironment(environment);
  const layers = [
    readNamedFile(named, environment[configPath.variable]),
    { settings: {}, mistakes: variables.mistakes },
    parseLayer(variables.values, 'variable'),
    parseLayer(new Map(Object.entries(flags) as [FlagKey, string | boolean][]), 'flag'),
  ];
  const mistakes = layers.toReversed().flatMap((layer) => layer.mistakes);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return toConfig(Object.assign({}, ...layers.map((layer) => layer.settings)) as Settings);
}

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
  return { settings: parsedSettings as Settings, mistakes };
}

function readNamedFile(flag: string | undefined, variable: string | undefined): Layer {
  const path = flag ?? (variable === '' ? undefined : variable);
  return path === undefined ? { settings: {}, mistakes: [] } : readConfigFile(path);
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
