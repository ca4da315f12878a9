// What the engine is composed of.
import { registryEntryFor } from '../config/config.ts';
import type { Config, RegistryEntry } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { ContentCache } from './content-cache.ts';
import type { Fills } from './fills.ts';
import type { Ledger } from './ledger.ts';
import type { Target } from './target.ts';

export interface EngineParts {
  readonly config: Config;
  readonly cache: ContentCache;
  readonly upstreams: Upstreams;
  readonly fills: Fills;
  readonly ledger: Ledger;
  readonly clock: () => Date;
  readonly log: Log;
}

/** What is configured for a repository. */
export function entryFor(config: Config, { registry, repository }: Target): RegistryEntry {
  return registryEntryFor(config, registry, repository);
}

export function isAirGapped(config: Config, target: Target): boolean {
  return config.airGapped || entryFor(config, target).airGapped;
}
