// What is known of one endpoint of a registry, for the people who ask what upstream is like.
import type { RegistryHost } from '../oci/registry-host.ts';
import type { BreakerState } from './breaker.ts';
import type { RateLimit } from './rate-limit.ts';

export interface UpstreamStatus {
  readonly registry: RegistryHost;
  /** Where the entry holds only for a part of the registry. */
  readonly pathPrefix?: string;
  /** Its URL, without user and query. */
  readonly endpoint: string;
  readonly state: BreakerState;
  /** Since when it has been in that state. */
  readonly since: Date;
  readonly lastError?: string;
  readonly rateLimit?: RateLimit;
  /** Bodies of all kinds, also of what it redirected us to. */
  readonly bytesFetched: number;
  readonly requests: number;
}
