// What is known of one endpoint of a registry, for the people who ask what upstream is like.
import type { RegistryHost } from '../oci/registry-host.ts';
import type { BreakerState } from './breaker.ts';
import type { LastFailure } from './last-failure.ts';
import type { RateLimit } from './rate-limit.ts';
import type { TokenExpiry } from './token-expiry.ts';

export interface UpstreamStatus {
  readonly registry: RegistryHost;
  /** Where the entry holds only for a part of the registry. */
  readonly pathPrefix?: string;
  /** Whether the configuration has an entry for it; clients can invent as many others as they like. */
  readonly configured: boolean;
  /** Its URL, without user and query. */
  readonly endpoint: string;
  readonly state: BreakerState;
  /** Whether it has ever answered; until then `closed` only says that nothing is known against it. */
  readonly answered: boolean;
  /** Since when it has been in that state. */
  readonly since: Date;
  /** The latest failure, also when all has been well since. */
  readonly lastError?: LastFailure;
  readonly rateLimit?: RateLimit;
  readonly tokenExpiry?: TokenExpiry;
  /** Bodies of all kinds, also of what it redirected us to. */
  readonly bytesFetched: number;
  readonly requests: number;
}
