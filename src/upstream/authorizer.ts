// Which Authorization a request to one registry carries: learnt from its challenges, remembered per scope.
import { parseChallenges } from '../oci/challenge.ts';
import type { Challenge } from '../oci/challenge.ts';
import { runQueue } from '../thread/run-queue.ts';
import { basic, CredentialError, sameCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { UpstreamError } from './errors.ts';
import type { Login } from './login.ts';
import { hasRealm } from './realm.ts';
import { fetchToken, isFresh } from './token.ts';
import type { Token } from './token.ts';
import { tokenExpiry } from './token-expiry.ts';
import type { TokenExpiry } from './token-expiry.ts';
import { Tokens } from './tokens.ts';
import type { Grant } from './tokens.ts';
import type { Reply, Transport } from './transport.ts';

export interface Authorization {
  readonly header: string | undefined;
  /** Whether credentials of ours stand behind it. */
  readonly authenticated: boolean;
  /** What it was made of, by which a refusal is judged. */
  readonly token?: Token;
  readonly credentials?: Credentials;
  /** Whether the token was asked for on behalf of this very request, so that another one would be no better. */
  readonly renewed?: boolean;
}

export interface Authorizer {
  /** What to send with a request for this scope, as far as is known without asking the registry. */
  current(scope: string): Promise<Authorization>;
  /**
   * Learns from a challenge.
   * @param sent what the challenged request carried
   * @returns the authorization to try once more with, or undefined when there is nothing to try
   */
  answer(scope: string, reply: Reply, sent: Authorization): Promise<Authorization | undefined>;
  /** Of the tokens that are held and still good, and of configured ones that end, even if they have. */
  tokenExpiry(): TokenExpiry | undefined;
}

const anonymous: Authorization = { header: undefined, authenticated: false };
const TOKEN_TIMEOUT_MS = 30_000;

/**
 * All methods throw {@link UpstreamError}.
 * @param registryUrl where the registry is reached: its own origin, to which alone its credentials go
 */
export function createAuthorizer(
  transport: Transport,
  registryUrl: URL,
  login: Login | undefined,
  options: { readonly now: () => Date; readonly tokenTimeoutMs?: number },
): Authorizer {
  const { now, tokenTimeoutMs: timeoutMs = TOKEN_TIMEOUT_MS } = options;
  const tokenOptions = { registryUrl, realms: login?.realms ?? [], now, timeoutMs };
  const tokens = new Tokens();
  /** Whether the registry has asked for the credentials themselves and not for a token of its token service. */
  let direct = false;

  async function credentials(): Promise<Credentials | undefined> {
    try {
      return await login?.source.get();
    } catch (cause) {
      if (!(cause instanceof CredentialError)) throw cause;
      const exchange = { method: 'GET', url: registryUrl, cause };
      const message = `no credentials to log in with: ${cause.message}`;
      throw new UpstreamError(cause.temporary ? 'timeout' : 'refused', message, exchange);
    }
  }

  /** Other credentials than those that were refused, if there are any by now: they may have been rotated. */
  async function rotated(refused: Credentials): Promise<Credentials | undefined> {
    login?.source.refused();
    const latest = await credentials();
    return sameCredentials(refused, latest) ? undefined : latest;
  }

  async function request(challenge: Challenge, scopes: readonly string[]): Promise<Token> {
    const first = await credentials();
    const shown = first?.kind === 'token' ? undefined : first;
    try {
      return await fetchToken(transport, { challenge, scopes, credentials: shown }, tokenOptions);
    } catch (error) {
      if (shown === undefined || !(error instanceof UpstreamError) || error.status !== 401) throw error;
      const latest = await rotated(shown);
      if (latest === undefined || latest.kind === 'token') throw error;
      return fetchToken(transport, { challenge, scopes, credentials: latest }, tokenOptions);
    }
  }

  function renew(key: string, challenge: Challenge, scopes: readonly string[]): Grant {
    return tokens.put(key, challenge, scopes, request(challenge, scopes));
  }

  async function bearer(known: Grant, key: string): Promise<Authorization> {
    let token = known.settled ?? (await runQueue.after(known.token));
    if (!isFresh(token, now().getTime())) {
      // Somebody else who waited for the same old token may already be renewing it.
      const latest = tokens.get(key);
      const grant =
        latest !== undefined && latest !== known ? latest : renew(key, known.challenge, known.scopes);
      token = await grant.token;
    }
    return withToken(token, false);
  }

  async function answerBearer(
    key: string,
    challenge: Challenge,
    sent: Authorization,
  ): Promise<Authorization | undefined> {
    const known = tokens.get(key);
    const scopes = wantedScopes(key, challenge, known);
    if (known !== undefined && covers(known.scopes, scopes)) {
      // Renewals coalesce: who comes while one is under way, or with an older token, takes what it brings.
      if (known.settled === undefined) return withToken(await runQueue.after(known.token), true);
      if (known.settled !== sent.token) return withToken(known.settled, false);
      if (sent.renewed === true) return undefined;
    }
    return withToken(await renew(key, challenge, scopes).token, true);
  }

  async function answerDirectly(
    offered: Credentials,
    sent: Authorization,
  ): Promise<Authorization | undefined> {
    const refused = sent.credentials;
    const next =
      refused !== undefined && sameCredentials(refused, offered) ? await rotated(refused) : offered;
    const authorization = next && directly(next);
    direct = authorization !== undefined || direct;
    return authorization;
  }

  return {
    async current(scope) {
      const known = tokens.get(scope);
      if (known !== undefined) {
        try {
          return await bearer(known, scope);
        } catch (error) {
          // An odd answer may be an old realm's, and the registry will name the new one; a busy one is let be.
          if (error instanceof UpstreamError && !error.temporary) return anonymous;
          throw error;
        }
      }
      const offered = direct ? await credentials() : undefined;
      return (offered && directly(offered)) ?? anonymous;
    },
    async answer(scope, reply, sent) {
      const challenges = parseChallenges(reply.headers['www-authenticate'] ?? []);
      if (challenges.length === 0) return undefined;
      const bearers = challenges.filter(({ scheme }) => scheme === 'bearer');
      const offered = await credentials();
      if (offered?.kind === 'token') return answerDirectly(offered, sent);
      const challenge = bearers.find(hasRealm) ?? bearers[0];
      if (challenge !== undefined) return answerBearer(scope, challenge, sent);
      const basicWanted = challenges.some(({ scheme }) => scheme === 'basic');
      return offered !== undefined && basicWanted ? answerDirectly(offered, sent) : undefined;
    },
    tokenExpiry() {
      const configured = login?.source.expires;
      return tokenExpiry([
        ...(configured === undefined ? [] : [configured]),
        ...tokens.expiries(now().getTime()),
      ]);
    },
  };
}

function withToken(token: Token, renewed: boolean): Authorization {
  const { value, authenticated } = token;
  return { header: `Bearer ${value}`, authenticated, token, renewed };
}

/** Identity tokens are for token services only. */
function directly(credentials: Credentials): Authorization | undefined {
  if (credentials.kind === 'identity') return undefined;
  const header = credentials.kind === 'password' ? basic(credentials) : `Bearer ${credentials.token}`;
  return { header, authenticated: true, credentials };
}

/** What a registry may make us send and remember. */
const MAX_SCOPES_LENGTH = 4096;

/** The scopes that a challenge calls for: what it names, and what was needed before. */
function wantedScopes(key: string, { params }: Challenge, known: Grant | undefined): readonly string[] {
  const named = (params['scope'] ?? '').split(' ').filter((scope) => scope !== '');
  if (named.length === 0 || named.join(' ').length > MAX_SCOPES_LENGTH) return known?.scopes ?? [key];
  if (known === undefined) return [...new Set(named)];
  if (covers(known.scopes, named)) return known.scopes;
  const all = [...new Set([...known.scopes, ...named])];
  return params['error'] === 'insufficient_scope' && all.join(' ').length <= MAX_SCOPES_LENGTH ? all : named;
}

function covers(held: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((scope) => held.includes(scope));
}
