// The passwords of clients: checked once, then known for a while, and never kept.
import { createHmac, randomBytes } from 'node:crypto';
import { compare } from 'bcryptjs';
import { LRUCache } from 'lru-cache';
import { Attempts } from './attempts.ts';
import type { Htpasswd } from './htpasswd.ts';

/** `later`: too many were tried, from the client's address or from everywhere. */
export type Verdict = 'right' | 'wrong' | 'later';

interface Credentials {
  readonly user: string;
  readonly password: string;
}

const MAX_KNOWN = 10_000;
/** Since they were last used. */
const KNOWN_MS = 5 * 60_000;
/** Checks that wait for the one that runs. */
const MAX_WAITING = 100;

export class ClientPasswords {
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
  /** One check at a time, for each takes the loop from all that is served. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

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
    const checking = this.#inTurn(() => isRight(given, htpasswd)).then((right): Verdict => {
      const verdict = right ? 'right' : 'wrong';
      if (right) this.#attempts.giveBack(address);
      // Of a file that has been replaced meanwhile, nothing is remembered.
      if (this.#known.peek(seal) === checking) this.#known.set(seal, verdict);
      return verdict;
    });
    this.#known.set(seal, checking);
    return checking;
  }

  async #inTurn(work: () => Promise<boolean>): Promise<boolean> {
    this.#waiting += 1;
    const turn = this.#last.then(work);
    // One that fails is its asker's trouble, and not that of those who come after.
    this.#last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** Takes as long for a user whom the file does not have. */
async function isRight({ user, password }: Credentials, { users, nobody }: Htpasswd): Promise<boolean> {
  const hashed = users.get(user);
  const matches = await compare(password, hashed ?? nobody);
  return matches && hashed !== undefined;
}

/** @see https://www.rfc-editor.org/rfc/rfc7617 */
function credentialsIn(authorization = ''): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+=*) *$/i.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 1 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
