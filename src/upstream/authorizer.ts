// Which Authorization a request to one registry carries: learnt from its challenges, remembered per repository.
import { parseChallenges } from '../oci/challenge.ts';
import type { Challenge } from '../oci/challenge.ts';
import type { Credentials } from './credentials.ts';
import { basic } from './credentials.ts';
import { fetchToken } from './token.ts';
import type { Token } from './token.ts';
import type { Reply, Transport } from './transport.ts';

export interface Authorization {
  readonly header: string | undefined;
  /** Whether credentials of ours stand behind it. */
  readonly authenticated: boolean;
}

export interface Authorizer {
  /** What to send with a request for this scope, as far as is known without asking. */
  current(scope: string): Promise<Authorization>;
  /** Learns from a 401: the authorization to try once more with, or undefined when there is nothing to try. */
  answer(scope: string, reply: Reply): Promise<Authorization | undefined>;
}

const anonymous: Authorization = { header: undefined, authenticated: false };
/** A token is renewed when less than this part of a minute is left, so that none expires on its way. */
const RENEW_BEFORE_MS = 10_000;

interface Scope {
  readonly challenge: Challenge;
  readonly scope: string;
  token: Promise<Token>;
}

/** @param registryUrl where the registry is reached: its own origin, to which alone Basic credentials go */
export function createAuthorizer(
  transport: Transport,
  registryUrl: URL,
  credentials: Credentials | undefined,
  now: () => Date,
): Authorizer {
  const scopes = new Map<string, Scope>();
  let basicWanted = false;

  const request = (challenge: Challenge, scope: string) =>
    fetchToken(transport, registryUrl, challenge, scope, credentials, now);

  /** Renewals coalesce, because all requests of a scope wait for one promise. */
  function renew(key: string, challenge: Challenge, scope: string): Promise<Token> {
    const token = request(challenge, scope);
    scopes.set(key, { challenge, scope, token });
    token.catch(() => scopes.delete(key));
    return token;
  }

  async function bearer(known: Scope, key: string): Promise<Authorization> {
    let token = await known.token;
    if (token.expires - RENEW_BEFORE_MS <= now().getTime()) {
      // Somebody else who waited for the same old token may already be renewing it.
      const latest = scopes.get(key);
      token = await (latest !== undefined && latest !== known
        ? latest.token
        : renew(key, known.challenge, known.scope));
    }
    return { header: `Bearer ${token.value}`, authenticated: token.authenticated };
  }

  return {
    async current(scope) {
      if (basicWanted && credentials !== undefined)
        return { header: basic(credentials), authenticated: true };
      const known = scopes.get(scope);
      if (known === undefined) return anonymous;
      return bearer(known, scope).catch(() => anonymous);
    },
    async answer(scope, reply) {
      const challenges = parseChallenges(reply.headers['www-authenticate'] ?? []);
      const challenge = challenges.find(({ scheme }) => scheme === 'bearer');
      if (challenge !== undefined) {
        const token = await renew(scope, challenge, challenge.params['scope'] ?? scope);
        return { header: `Bearer ${token.value}`, authenticated: token.authenticated };
      }
      if (credentials !== undefined && challenges.some(({ scheme }) => scheme === 'basic')) {
        basicWanted = true;
        return { header: basic(credentials), authenticated: true };
      }
      return undefined;
    },
  };
}
