// What the engine is composed of.
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { ContentCache } from './content-cache.ts';
import type { Fills } from './fills.ts';
import type { Misses } from './misses.ts';

export interface EngineParts {
  readonly config: Config;
  readonly cache: ContentCache;
  readonly upstreams: Upstreams;
  readonly fills: Fills;
  readonly misses: Misses;
  readonly clock: () => Date;
  readonly log: Log;
}
