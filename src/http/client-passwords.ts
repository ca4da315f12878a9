// The passwords of clients: checked once, then known for a while, and never kept.
import { createHmac, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Log } from '../log/log.ts';
import { Attempts } from './attempts.ts';
import type { Htpasswd } from './htpasswd.ts';
import { PasswordThread } from './password-thread.ts';

/** `later`: too many were tried, from the client's address or from everywhere. */
export type Verdict = 'right' | 'wrong' | 'later';

interface Credentials {
  readonly user: string;
  readonly password: string;
}

const MAX_KNOWN = 10_000;
/** Since they were last used. */
const KNOWN_MS = 5 * 60_000;
/** Checks that run or wait for the one that does. */
const MAX_WAITING = 100;

export class ClientPasswords implements Disposable {
  readonly #log: Log;
  /** Nobody is let in while there is none. */
  #htpasswd: Htpasswd | undefined;
  /** What came of credentials, under a seal of theirs: who reads our memory finds no password. */
  readonly #known = new LRUCache<string, Verdict | Promise<Verdict>>({
    max: MAX_KNOWN,
    ttl: KNOWN_MS,
    updateAgeOnGet: true,
  });
  readonly #sealKey = randomBytes(32);
  readonly #attempts = new Attempts();
  readonly #thread = new PasswordThread();
  #waiting = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Goes by another file from now on. */
  replace(htpasswd: Htpasswd | undefined): void {
    this.#htpasswd = htpasswd;
    this.#known.clear();
  }

  /** At once where these credentials were checked before. */
  check(authorization: string | undefined, address: string): Verdict | Promise<Verdict> {
    const given = credentialsIn(authorization);
    const htpasswd = this.#htpasswd;
    if (given === undefined || htpasswd === undefined) return 'wrong';
    const seal = createHmac('sha256', this.#sealKey)
      .update(`${given.user}:${given.password}`)
      .digest('base64');
    const known = this.#known.get(seal);
    if (known !== undefined) return known;
    if (this.#waiting >= MAX_WAITING || !this.#attempts.take(address)) return 'later';
    const checking = this.#isRight(given, htpasswd).then(
      (right): Verdict => {
        const verdict = right ? 'right' : 'wrong';
        if (right) this.#attempts.giveBack(address);
        // Of a file that has been replaced meanwhile, nothing is remembered.
        if (this.#known.peek(seal) === checking) this.#known.set(seal, verdict);
        return verdict;
      },
      (error: unknown) => {
        this.#log.error('a password could not be checked', { error });
        this.#attempts.giveBack(address);
        if (this.#known.peek(seal) === checking) this.#known.delete(seal);
        return 'later' as const;
      },
    );
    this.#known.set(seal, checking);
    return checking;
  }

  [Symbol.dispose](): void {
    this.#thread[Symbol.dispose]();
  }

  /** Takes as long for a user whom the file does not have. */
  async #isRight({ user, password }: Credentials, { users, nobody }: Htpasswd): Promise<boolean> {
    this.#waiting += 1;
    try {
      const hashed = users.get(user);
      const matches = await this.#thread.compare(password, hashed ?? nobody);
      return matches && hashed !== undefined;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc7617 */
function credentialsIn(authorization = ''): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
