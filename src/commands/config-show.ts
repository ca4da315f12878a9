// `config show`: what holds when everything is put together, as a configuration file without secrets.
import { configText } from '../config/config-text.ts';
import { loadWithOrigins } from '../config/load.ts';
import type { ConfigSources } from '../config/load.ts';

/** @throws {ConfigError} */
export function configShow(sources: ConfigSources): void {
  process.stdout.write(configText(loadWithOrigins(sources)));
}
