// Bearer tokens: fetched from a registry's token service, kept until shortly before they expire.
import { getDomain } from 'tldts';
import type { Challenge } from '../oci/challenge.ts';
import { readBounded } from './body.ts';
import type { Credentials } from './credentials.ts';
import { basic } from './credentials.ts';
import { UpstreamError } from './errors.ts';
import type { Exchange, Transport } from './transport.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** Whether credentials were shown to get it: what it opens may be private. */
  readonly authenticated: boolean;
}

const MAX_TOKEN_BYTES = 1024 * 1024;
/** Docker's token specification: a token without `expires_in` lives this long. */
const DEFAULT_LIFETIME_MS = 60_000;

/**
 * Asks a Bearer challenge's realm for a token.
 * @throws {UpstreamError} when the realm is no place to go, or gives none
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export async function fetchToken(
  transport: Transport,
  registryUrl: URL,
  challenge: Challenge,
  scope: string,
  credentials: Credentials | undefined,
  now: () => Date,
): Promise<Token> {
  const url = realmUrl(challenge, registryUrl);
  const shown = credentials !== undefined && mayShowCredentials(registryUrl, url) ? credentials : undefined;
  const service = challenge.params['service'];
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.set('scope', scope);
  if (shown !== undefined) url.searchParams.set('account', shown.user);
  const exchange: Exchange = {
    method: 'GET',
    url,
    headers: { accept: 'application/json', ...(shown !== undefined && { authorization: basic(shown) }) },
  };
  const reply = await transport.send(exchange, 'manifests');
  const body = await readBounded(reply, MAX_TOKEN_BYTES, exchange);
  if (reply.status !== 200) {
    throw new UpstreamError('status', `the token service answered ${reply.status}`, {
      ...exchange,
      status: reply.status,
    });
  }
  return parseToken(body, exchange, shown !== undefined, now());
}

function realmUrl(challenge: Challenge, registryUrl: URL): URL {
  const realm = challenge.params['realm'];
  const exchange = { method: 'GET', url: registryUrl };
  if (realm === undefined || !URL.canParse(realm)) {
    throw new UpstreamError('invalid', 'the Bearer challenge names no usable realm', exchange);
  }
  const url = new URL(realm);
  if (url.protocol !== 'https:' && url.protocol !== registryUrl.protocol) {
    throw new UpstreamError('refused', `the token service ${url.host} would be asked without TLS`, exchange);
  }
  url.username = '';
  url.password = '';
  return url;
}

/** Credentials go to the registry itself and to token services of its own registrable domain, nowhere else. */
function mayShowCredentials(registryUrl: URL, realm: URL): boolean {
  if (realm.host === registryUrl.host) return true;
  if (realm.hostname === registryUrl.hostname) return true;
  const domain = getDomain(registryUrl.hostname, { allowPrivateDomains: true });
  return domain !== null && domain === getDomain(realm.hostname, { allowPrivateDomains: true });
}

function parseToken(body: Buffer, exchange: Exchange, authenticated: boolean, now: Date): Token {
  let answer: unknown;
  try {
    answer = JSON.parse(body.toString());
  } catch (cause) {
    throw new UpstreamError('invalid', 'the token service did not answer JSON', { ...exchange, cause });
  }
  const fields = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  const value = fields['token'] ?? fields['access_token'];
  if (typeof value !== 'string' || value === '' || /[^\x21-\x7e]/.test(value)) {
    throw new UpstreamError('invalid', 'the token service gave no token', exchange);
  }
  const seconds = fields['expires_in'];
  const lifetime = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME_MS;
  // `issued_at` is the other side's clock; ours counts from the moment the token arrived.
  return { value, expires: now.getTime() + lifetime, authenticated };
}
