// A request to a registry with what it takes to be answered: authorization, answers to challenges, redirects by hand.
import { parseChallenges } from '../oci/challenge.ts';
import type { Authorization, Authorizer } from './authorizer.ts';
import { header, readBounded } from './body.ts';
import { UpstreamError } from './errors.ts';
import { firstMessage } from './registry-reply.ts';
import { replayedBody } from './replayed-body.ts';
import type { Exchange, Lane, Reply, Transport } from './transport.ts';

export interface RegistryReply extends Reply {
  /** Whether credentials of ours opened it; what came without any is public. */
  readonly authenticated: boolean;
}

const MAX_REDIRECTS = 5;
const MAX_DISCARDED = 16 * 1024;
/** A token that was revoked, its successor that is too narrow, and credentials that were rotated meanwhile. */
const MAX_ANSWERS = 3;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request, answers challenges, and follows redirects without taking credentials along.
 * @param scope the token scope that the request needs, as `repository:library/nginx:pull`
 * @throws {UpstreamError} when no usable reply came; a reply with an error status is returned
 */
export async function requestRegistry(
  transport: Transport,
  authorizer: Authorizer,
  exchange: Exchange,
  scope: string,
  lane: Lane,
): Promise<RegistryReply> {
  let authorization = await authorizer.current(scope);
  let reply = await transport.send(withAuthorization(exchange, authorization.header), lane);
  for (let answers = 0; answers < MAX_ANSWERS && isChallenge(reply); answers += 1) {
    // Read before anything else is asked: a body that waits holds a connection that the token may need.
    reply = { ...reply, body: replayedBody(await readAway(reply)) };
    const next = await authorizer.answer(scope, reply, authorization);
    if (next === undefined) break;
    authorization = next;
    reply = await transport.send(withAuthorization(exchange, authorization.header), lane);
  }
  if (reply.status === 401 && authorization.authenticated) {
    throw refused(exchange, authorization, firstMessage(await readAway(reply)));
  }
  let url = exchange.url;
  for (let hops = 0; redirects.has(reply.status); hops += 1) {
    const next = await followed(reply, exchange, url, hops);
    const sameOrigin = next.host === url.host && next.protocol === url.protocol;
    // Once away, authorization never comes back, even if a redirect leads home again.
    if (!sameOrigin) authorization = { ...authorization, header: undefined };
    url = next;
    reply = await transport.send(withAuthorization({ ...exchange, url }, authorization.header), lane);
  }
  return { ...reply, authenticated: authorization.authenticated };
}

function withAuthorization(exchange: Exchange, header: string | undefined): Exchange {
  if (header === undefined) return exchange;
  return { ...exchange, headers: { ...exchange.headers, authorization: header } };
}

/** @see https://www.rfc-editor.org/rfc/rfc6750#section-3.1 for the 403 */
function isChallenge(reply: Reply): boolean {
  if (reply.status === 401) return true;
  if (reply.status !== 403) return false;
  const challenges = parseChallenges(reply.headers['www-authenticate'] ?? []);
  return challenges.some(({ params }) => params['error'] === 'insufficient_scope');
}

/** The error where the credentials that are configured do not open it, as no anonymous attempt follows. */
function refused({ method, url }: Exchange, { token }: Authorization, said: string): UpstreamError {
  const reason =
    token === undefined
      ? 'it refused the credentials that are configured for it'
      : 'the credentials that are configured for it do not open this repository, if there is one';
  return new UpstreamError('status', `401${said}: ${reason}`, { method, url, status: 401 });
}

async function followed(reply: Reply, exchange: Exchange, from: URL, hops: number): Promise<URL> {
  const location = header(reply, 'location');
  await readAway(reply);
  const { method } = exchange;
  if (hops >= MAX_REDIRECTS) throw new UpstreamError('invalid', 'too many redirects', { method, url: from });
  if (location === undefined || !URL.canParse(location, from)) {
    throw new UpstreamError('invalid', 'a redirect to nowhere', { method, url: from });
  }
  const url = new URL(location, from);
  if (url.protocol !== 'https:' && url.protocol !== from.protocol) {
    throw new UpstreamError('refused', `a redirect from https to ${url.protocol}//${url.host}`, {
      method,
      url: from,
    });
  }
  url.username = '';
  url.password = '';
  return url;
}

/** Reads a short body so that its connection can be used again; a long one costs its connection, and is lost. */
async function readAway(reply: Reply): Promise<Buffer> {
  const nowhere = { method: 'GET', url: new URL('about:blank'), headers: {} } as const;
  return readBounded(reply, MAX_DISCARDED, nowhere).catch(() => Buffer.alloc(0));
}
