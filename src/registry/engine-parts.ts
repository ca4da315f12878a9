// What the engine is composed of.
import { registryEntry } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { ContentCache } from './content-cache.ts';
import type { Fills } from './fills.ts';

export interface EngineParts {
  readonly config: Config;
  readonly cache: ContentCache;
  readonly upstreams: Upstreams;
  readonly fills: Fills;
  readonly clock: () => Date;
  readonly log: Log;
}

export function isAirGapped(config: Config, registry: RegistryHost): boolean {
  return config.airGapped || registryEntry(config, registry).airGapped;
}
