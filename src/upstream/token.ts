// Bearer tokens: asked of a registry's token service, and how long they are good for.
import type { Challenge } from '../oci/challenge.ts';
import { header, readBounded } from './body.ts';
import type { IdentityToken, PasswordCredentials } from './credentials.ts';
import { basic } from './credentials.ts';
import { parseRetryAfter, UpstreamError } from './errors.ts';
import { mayShowCredentials, realmUrl } from './realm.ts';
import type { Exchange, Reply, Transport } from './transport.ts';

export interface Token {
  readonly value: string;
  /** When it came, and from when on it is to be replaced: milliseconds since the epoch, by our clock. */
  readonly received: number;
  readonly stale: number;
  /** When it ends, by the same clock. */
  readonly expires: number;
  /** Whether credentials were shown to get it: what it opens may be private. */
  readonly authenticated: boolean;
}

export interface TokenRequest {
  readonly challenge: Challenge;
  readonly scopes: readonly string[];
  readonly credentials: PasswordCredentials | IdentityToken | undefined;
}

export interface TokenOptions {
  readonly registryUrl: URL;
  /** Hosts of token services that may see the credentials wherever they are. */
  readonly realms: readonly string[];
  readonly now: () => Date;
  /** Milliseconds for the whole exchange: a body that drips would hold up every pull that waits for the token. */
  readonly timeoutMs: number;
}

const MAX_ANSWER_BYTES = 256 * 1024;
/** Servers refuse longer headers. */
const MAX_TOKEN_LENGTH = 16 * 1024;
/** Docker's token specification: a token without `expires_in` lives this long. */
const DEFAULT_LIFETIME_S = 60;
const MAX_LIFETIME_S = 24 * 3600;
/** A token is replaced so long before it ends, so that none ends on its way; short ones at three quarters. */
const RENEW_BEFORE_MS = 10_000;

/**
 * Asks a Bearer challenge's realm for a token.
 * @throws {UpstreamError} when the realm is no place to go, or gives none
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export async function fetchToken(
  transport: Transport,
  request: TokenRequest,
  options: TokenOptions,
): Promise<Token> {
  const { challenge, credentials } = request;
  const { registryUrl } = options;
  const url = realmUrl(challenge, registryUrl);
  if (credentials !== undefined && !mayShowCredentials(registryUrl, url, options.realms)) {
    throw new UpstreamError(
      'refused',
      `its token service is ${url.host}, on another domain, which is not shown the credentials; add ${url.host} to auth.realms if it may see them`,
      { method: 'GET', url: registryUrl },
    );
  }
  if (credentials?.kind !== 'identity') {
    return exchangeToken(transport, byQuery(url, request.scopes, credentials), credentials, options);
  }
  const form = byForm(url, request.scopes, credentials);
  try {
    return await exchangeToken(transport, form, credentials, options);
  } catch (error) {
    // A token service that only knows GET says so in one of these ways.
    const { otherwise } = credentials;
    if (otherwise === undefined || !(error instanceof UpstreamError)) throw error;
    if (![404, 405, 501].includes(error.status ?? 0)) throw error;
    return exchangeToken(transport, byQuery(url, request.scopes, otherwise), otherwise, options);
  }
}

function byQuery(
  realm: URL,
  scopes: readonly string[],
  credentials: PasswordCredentials | undefined,
): Exchange {
  const url = new URL(realm);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credentials !== undefined) url.searchParams.set('account', credentials.user);
  const authorization = credentials && { authorization: basic(credentials) };
  return { method: 'GET', url, headers: { accept: 'application/json', ...authorization } };
}

/** @see https://distribution.github.io/distribution/spec/auth/oauth/ */
function byForm(realm: URL, scopes: readonly string[], { token }: IdentityToken): Exchange {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: 'ociregistry',
    service: realm.searchParams.get('service') ?? '',
    scope: scopes.join(' '),
    refresh_token: token,
  }).toString();
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body };
}

async function exchangeToken(
  transport: Transport,
  exchange: Exchange,
  credentials: object | undefined,
  { now, timeoutMs }: TokenOptions,
): Promise<Token> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const reply = await transport.send({ ...exchange, signal }, 'manifests');
    const body = await readBounded(reply, MAX_ANSWER_BYTES, exchange);
    if (reply.status !== 200) throw refusal(reply, exchange, credentials !== undefined, now());
    return parseToken(body, exchange, credentials !== undefined, now().getTime());
  } catch (cause) {
    if (!signal.aborted) throw cause;
    const message = `the token service did not answer within ${timeoutMs} ms`;
    throw new UpstreamError('timeout', message, { ...exchange, cause });
  }
}

/** Its 404 and the like say nothing of the content that the token was for. */
function refusal(reply: Reply, exchange: Exchange, shown: boolean, now: Date): UpstreamError {
  const { status } = reply;
  const told = { ...exchange, status };
  if (status === 401 || status === 403) {
    const why = shown ? 'refused the credentials that are configured for this registry' : 'wants credentials';
    return new UpstreamError('status', `${status}: the token service ${why}`, told);
  }
  const message = `the token service answered ${status}`;
  if (status !== 429 && status < 500) return new UpstreamError('invalid', message, told);
  const retryAfterMs = parseRetryAfter(header(reply, 'retry-after'), now);
  return new UpstreamError('status', message, { ...told, retryAfterMs });
}

function parseToken(body: Buffer, exchange: Exchange, authenticated: boolean, received: number): Token {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString());
  } catch {
    // Without the cause, which quotes what it could not read.
    throw new UpstreamError('invalid', 'the token service did not answer JSON', exchange);
  }
  const fields = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  const value = [fields['token'], fields['access_token']].find(
    (field) => typeof field === 'string' && field !== '',
  );
  if (typeof value !== 'string' || value.length > MAX_TOKEN_LENGTH || /[^\x21-\x7e]/.test(value)) {
    throw new UpstreamError('invalid', 'the token service gave no usable token', exchange);
  }
  // `issued_at` is the other side's clock; ours counts from the moment the token arrived.
  const lifetime = 1000 * lifetimeSeconds(fields['expires_in']);
  const expires = received + lifetime;
  const stale = expires - Math.min(RENEW_BEFORE_MS, lifetime / 4);
  return { value, received, stale, expires, authenticated };
}

function lifetimeSeconds(told: unknown): number {
  const seconds = typeof told === 'string' && /^\d{1,9}$/.test(told) ? Number(told) : told;
  if (typeof seconds !== 'number' || !(seconds > 0)) return DEFAULT_LIFETIME_S;
  return Math.min(seconds, MAX_LIFETIME_S);
}

/** Before it came the clock was set back, and nobody knows how old it really is. */
export function isFresh({ received, stale }: Token, now: number): boolean {
  return received <= now && now < stale;
}
