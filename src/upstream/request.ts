// A request to a registry with what it takes to be answered: authorization, one answer to a 401, redirects by hand.
import type { Authorizer } from './authorizer.ts';
import { header, readBounded } from './body.ts';
import { UpstreamError } from './errors.ts';
import type { Exchange, Lane, Reply, Transport } from './transport.ts';

export interface RegistryReply extends Reply {
  /** Whether credentials of ours opened it; what came without any is public. */
  readonly authenticated: boolean;
}

const MAX_REDIRECTS = 5;
const MAX_DISCARDED = 16 * 1024;
const redirects = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request, answers one challenge, and follows redirects without taking credentials along.
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
  if (reply.status === 401) {
    const next = await authorizer.answer(scope, reply).finally(() => discard(reply));
    if (next === undefined) return { ...reply, authenticated: false };
    authorization = next;
    reply = await transport.send(withAuthorization(exchange, authorization.header), lane);
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

async function followed(reply: Reply, exchange: Exchange, from: URL, hops: number): Promise<URL> {
  const location = header(reply, 'location');
  await discard(reply);
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

/** Reads away a short body so that its connection can be used again; a long one costs its connection. */
async function discard(reply: Reply): Promise<void> {
  await readBounded(reply, MAX_DISCARDED, { method: 'GET', url: new URL('about:blank'), headers: {} }).catch(
    () => undefined,
  );
}
