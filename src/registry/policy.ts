// What the configuration says for one repository.
import { registryEntryFor } from '../config/config.ts';
import type { Config, RegistryEntry } from '../config/config.ts';
import type { Target } from './target.ts';

/** What is configured for a repository where it is fetched from. */
export function entryFor(config: Config, { registry, repository, source = registry }: Target): RegistryEntry {
  return registryEntryFor(config, source, repository);
}

export function isAirGapped(config: Config, target: Target): boolean {
  return config.airGapped || entryFor(config, target).airGapped;
}

/** Milliseconds that a download may make no progress. */
export function noProgressMs(config: Config, target: Target): number {
  return entryFor(config, target).timeouts?.noProgressMs ?? config.pullTimeoutMs;
}
