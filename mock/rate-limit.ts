// Docker Hub's kind of rate limit: manifest GETs are counted, HEADs and blobs are not.
import type { Reply } from './reply.ts';
import { errorReply } from './reply.ts';
import { OciError } from '../src/oci/errors.ts';
import type { LoggedRequest } from './request-log.ts';

export interface RateLimitOptions {
  /** manifest GETs in a window */
  readonly limit: number;
  /** seconds, by the mock's clock; default 21600 */
  readonly window?: number;
}

export class RateLimit {
  readonly #limit: number;
  readonly #window: number;
  readonly #clock: () => number;
  #since: number;
  #used = 0;

  constructor({ limit, window = 21_600 }: RateLimitOptions, clock: () => number) {
    this.#limit = limit;
    this.#window = window;
    this.#clock = clock;
    this.#since = clock();
  }

  get remaining(): number {
    return Math.max(this.#limit - this.#used, 0);
  }

  /** Counts the request and refuses it when there are too many. */
  check({ operation }: LoggedRequest): Reply | undefined {
    if (operation !== 'manifestGet') return undefined;
    const elapsed = (this.#clock() - this.#since) / 1000;
    if (elapsed >= this.#window) {
      this.#since = this.#clock();
      this.#used = 0;
    }
    if (this.#used++ < this.#limit) return undefined;
    const retryAfter = String(Math.max(Math.ceil(this.#window - elapsed), 1));
    return errorReply(
      new OciError('TOOMANYREQUESTS', 'you have reached your pull rate limit', {
        headers: { 'Retry-After': retryAfter },
      }),
    );
  }

  /** What answers to manifest requests tell. */
  headers({ operation }: LoggedRequest): Readonly<Record<string, string>> {
    if (operation !== 'manifestGet' && operation !== 'manifestHead') return {};
    return {
      'RateLimit-Limit': `${this.#limit};w=${this.#window}`,
      'RateLimit-Remaining': `${this.remaining};w=${this.#window}`,
    };
  }
}
