// What went wrong between us and an upstream, in one shape.

/** Where in an exchange it failed. */
export type UpstreamFailure =
  | 'status' // it answered, with a status that is no success
  | 'connect' // no connection: refused, unreachable, no such name
  | 'tls' // the connection's certificate or handshake
  | 'timeout' // no answer, or no progress, in time
  | 'dark' // not asked, because it has not answered for a while; a probe finds out when it is back
  | 'broken' // the connection or the body ended early
  | 'refused' // we do not go there: egress rules, redirect rules
  | 'invalid'; // it answered something that cannot be used

/** One failed exchange with an upstream. The URL is redacted: no query, no user. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly failure: UpstreamFailure;
  readonly method: string;
  readonly url: string;
  /** The message without method and URL. */
  readonly reason: string;
  readonly status: number | undefined;
  /** Milliseconds after which the upstream wants to be asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(
    failure: UpstreamFailure,
    message: string,
    exchange: {
      readonly method: string;
      readonly url: URL;
      readonly status?: number;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    const url = redact(exchange.url);
    super(`${exchange.method} ${url}: ${message}`, { cause: exchange.cause });
    this.failure = failure;
    this.method = exchange.method;
    this.url = url;
    this.reason = message;
    this.status = exchange.status;
    this.retryAfterMs = exchange.retryAfterMs;
  }

  /** Whether asking again later may succeed, so that cached content should stand in meanwhile. */
  get temporary(): boolean {
    if (this.failure === 'refused' || this.failure === 'invalid') return false;
    if (this.status === undefined) return true;
    return this.status === 408 || this.status === 425 || this.status === 429 || this.status >= 500;
  }
}

/** Signed URLs carry secrets in their query, and some people write passwords into URLs. */
export function redact(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/**
 * How long a `Retry-After` header asks us to wait, in milliseconds; at most an hour.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now.getTime();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), 3_600_000);
}

const noTls = 'it does not speak TLS; if it serves plain HTTP, configure scheme: http';
const unknownAuthority = 'its certificate authority is not trusted; name it in tls.ca';

const tlsCodes: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; name it in tls.ca',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_HTTP_REQUEST: noTls,
  EPROTO: 'the TLS handshake failed; if it serves plain HTTP, configure scheme: http',
};

/** What the other side's alerts mean, by a part of OpenSSL's name for them. */
const tlsAlerts: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/CERTIFICATE_REQUIRED/, 'it wants a certificate of ours; configure tls.cert and tls.key'],
  [
    /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(?:UNKNOWN|EXPIRED|REVOKED)|ACCESS_DENIED)/,
    'it does not accept our certificate; see tls.cert',
  ],
  [
    /HANDSHAKE_FAILURE/,
    'it refused the TLS handshake; if it wants a certificate of ours, configure tls.cert and tls.key',
  ],
  [/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION/, 'it does not speak TLS 1.2 or later'],
];

const timeoutCodes = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
]);

/** What undici says when a proxy refuses; it has no code of its own for that. */
const proxyRefusal = /^Proxy (?:response \(\d+\)|Authentication Required)/;

/** Translates what a socket, TLS or undici threw. */
export function fromSocketError(error: unknown, method: string, url: URL): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const code = codeOf(error);
  const exchange = { method, url, cause: error };
  if (code !== undefined && code in tlsCodes) {
    return new UpstreamError('tls', `${url.host}: ${tlsCodes[code] ?? code}`, exchange);
  }
  if (code?.startsWith('ERR_SSL_') === true || code?.startsWith('ERR_TLS_') === true) {
    const [, reason = 'the TLS handshake failed'] = tlsAlerts.find(([pattern]) => pattern.test(code)) ?? [];
    return new UpstreamError('tls', `${url.host}: ${reason} (${code})`, exchange);
  }
  if (code?.startsWith('UND_ERR_PRX_') === true || proxyRefusal.test(messageOf(error))) {
    return new UpstreamError('connect', `the HTTP proxy gave no connection (${messageOf(error)})`, exchange);
  }
  if (code !== undefined && timeoutCodes.has(code)) {
    return new UpstreamError('timeout', `${url.host} did not answer in time`, exchange);
  }
  if (code !== undefined && connectCodes.has(code)) {
    return new UpstreamError('connect', `no connection to ${url.host} (${code})`, exchange);
  }
  return new UpstreamError('broken', `the connection broke (${code ?? messageOf(error)})`, exchange);
}

/** The code of an error, or of what caused it. */
export function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // Several addresses were tried and all failed: the first tells the story.
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
  }
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
