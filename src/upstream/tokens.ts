// The tokens of one registry, by what they are for. Clients invent repositories, so it forgets the least used.
import { LRUCache } from 'lru-cache';
import type { Challenge } from '../oci/challenge.ts';
import type { Token } from './token.ts';

/** A token, or the request for it; whoever waits for one waits for the same promise. */
export interface Grant {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly token: Promise<Token>;
  /** The token, once it is there. */
  settled: Token | undefined;
}

const MAX_GRANTS = 10_000;
const MAX_CHARACTERS = 32 * 1024 * 1024;

export class Tokens {
  readonly #grants = new LRUCache<string, Grant>({
    max: MAX_GRANTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: ({ challenge, scopes, settled }, key) =>
      [key, settled?.value ?? '', ...scopes, ...Object.values(challenge.params)].join(' ').length,
  });

  get(key: string): Grant | undefined {
    return this.#grants.get(key);
  }

  /** When each token ends that is still good at a time: milliseconds since the epoch. */
  *expiries(now: number): Generator<number> {
    for (const { settled } of this.#grants.values()) {
      if (settled !== undefined && settled.expires > now) yield settled.expires;
    }
  }

  /** Keeps a token that has been asked for; a request that fails is forgotten. */
  put(key: string, challenge: Challenge, scopes: readonly string[], token: Promise<Token>): Grant {
    const grant: Grant = { challenge, scopes, token, settled: undefined };
    this.#grants.set(key, grant);
    const isLatest = (): boolean => this.#grants.peek(key) === grant;
    token.then(
      (settled) => {
        grant.settled = settled;
        if (!isLatest()) return;
        // Put back, because only now its size is known, and the cache measures nothing twice.
        this.#grants.delete(key);
        this.#grants.set(key, grant);
      },
      () => {
        if (isLatest()) this.#grants.delete(key);
      },
    );
    return grant;
  }
}
