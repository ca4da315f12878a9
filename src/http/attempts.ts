// How many passwords an address may still try: wrong ones cost us time, and guessing must take ages.
import { LRUCache } from 'lru-cache';

const MAX_ADDRESSES = 10_000;
const WINDOW_MS = 60_000;
const PER_WINDOW = 20;

export class Attempts {
  readonly #taken = new LRUCache<string, number>({ max: MAX_ADDRESSES, ttl: WINDOW_MS, noUpdateTTL: true });

  /** Counts one that has begun, whatever will come of it: many at once must not get past the bound. */
  take(address: string): boolean {
    const taken = this.#taken.get(address) ?? 0;
    if (taken >= PER_WINDOW) return false;
    this.#taken.set(address, taken + 1);
    return true;
  }

  /** One that turned out right does not count. */
  giveBack(address: string): void {
    const taken = this.#taken.get(address);
    if (taken !== undefined && taken > 0) this.#taken.set(address, taken - 1);
  }
}

/** How long an address that has had its share waits at most, in seconds. */
export const RETRY_AFTER_S = WINDOW_MS / 1000;
