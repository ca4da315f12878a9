// The flags of the settings: how they are declared, and what was given.
import { Option } from 'commander';
import type { Command, OptionValues } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import { configPath, settings } from '../config/setting.ts';
import type { FlagKey, Setting } from '../config/setting.ts';

/** Declares the flags of these settings, or of all, and `--config-path`. No flag has a default here: the Config has. */
export function addSettingOptions(command: Command, keys?: readonly FlagKey[]): void {
  for (const setting of settings.filter(({ key }) => keys?.includes(key) ?? true)) {
    for (const option of optionsOf(setting)) command.addOption(option);
  }
  command.option(`${configPath.flag} <FILE>`, `A YAML file of settings. (env: ${configPath.variable})`);
}

function optionsOf({ flag, value, description, variable, default: standard }: Setting): Option[] {
  const origin = [
    ...(standard === undefined || standard === '' ? [] : [`default: ${standard}`]),
    `env: ${variable}`,
  ];
  const help = `${description} (${origin.join(', ')})`;
  if (value !== undefined) return [new Option(`${flag} <${value}>`, help)];
  const off = new Option(flag.replace('--', '--no-'), `Turns ${flag} off.`);
  return [new Option(flag, help), standard === true ? off : off.hideHelp()];
}

function optionsWithin(command: Command): OptionValues {
  return { ...(command.parent && optionsWithin(command.parent)), ...command.opts() };
}

/** What was given to a command and to those above it: flags before the verb count as well. */
export function sourcesOf(command: Command): ConfigSources {
  const given = new Map(Object.entries(optionsWithin(command)));
  const flags: Partial<Record<FlagKey, string | boolean>> = {};
  for (const { key, flag } of settings) {
    const value: unknown = given.get(new Option(flag).attributeName());
    if (typeof value === 'string' || typeof value === 'boolean') flags[key] = value;
  }
  const path: unknown = given.get(new Option(configPath.flag).attributeName());
  return { flags, environment: process.env, ...(typeof path === 'string' && { configPath: path }) };
}
