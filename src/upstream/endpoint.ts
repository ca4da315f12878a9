// One endpoint of a registry: what it is asked, in the contract's terms, what it answered, and how it fares.
import { createRegistryClient, pathOf } from '../../api/client.ts';
import { digestAlgorithm, digestOf, isDigest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { manifestAccept, mediaTypes } from '../oci/media-type.ts';
import type { Authorizer } from './authorizer.ts';
import { header, readBounded } from './body.ts';
import { Breaker } from './breaker.ts';
import type { BreakerTimes } from './breaker.ts';
import type { EndpointAddress } from './endpoint-address.ts';
import { parseRetryAfter, redact, UpstreamError } from './errors.ts';
import { Failures } from './last-failure.ts';
import { parseRateLimit, QuietTimes, refuseSpent } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import {
  extent,
  firstMessage,
  refuseEncoded,
  singleHeaders,
  warningsOf,
  wholeNumber,
} from './registry-reply.ts';
import type { AskPage } from './list-pages.ts';
import { readReferrers } from './referrers-list.ts';
import { readTags } from './tags-list.ts';
import { requestRegistry } from './request.ts';
import { TokenService } from './token-service.ts';
import type { RegistryReply } from './request.ts';
import type { CountedTransport, Exchange, Lane, Reply, Transport } from './transport.ts';
import { Unanswered } from './unanswered.ts';
import type { Provenance, ReadOptions, RegistryReads } from './registry-reads.ts';
import type { UpstreamStatus } from './upstream-status.ts';

export interface EndpointOptions {
  readonly address: EndpointAddress;
  readonly transport: CountedTransport;
  /** Made over a transport that watches how the endpoint fares. */
  readonly authorizer: (transport: Transport) => Authorizer;
  /** Whether we show a certificate: then nothing that comes is public. */
  readonly presentsCertificate: boolean;
  readonly now: () => Date;
  /** Our pseudonym for the `Via` header, by which a loop of mirrors is noticed. */
  readonly via: string;
  readonly breakerTimes?: Partial<BreakerTimes>;
}

export interface Endpoint extends RegistryReads {
  /** Whether it is dark, so that asking it fails at once. */
  readonly dark: boolean;
  /** Whether requests or bodies are under way. */
  readonly busy: boolean;
  /** For how long nothing was answered, in milliseconds; see {@link Unanswered}. */
  unansweredMs(): number;
  status(): Omit<UpstreamStatus, 'registry' | 'pathPrefix' | 'configured'>;
  /** Ends what runs by itself; what is under way may end, and more may still be asked. */
  retire(): void;
  close(): Promise<void>;
}

const MAX_ERROR_BYTES = 64 * 1024;
/** What of a client's `Via` goes on; nothing odd ever does. */
const passable = /^[\x20-\x7e]{1,2048}$/;

export function createEndpoint(options: EndpointOptions): Endpoint {
  const { address, transport, via, now } = options;
  const { baseUrl } = address;
  const base = baseUrl.href.replace(/\/$/, '');
  const quiet = new QuietTimes();
  const unanswered = new Unanswered();
  const failures = new Failures(now);
  const replies = new WeakMap<Response, RegistryReply>();
  let rateLimit: RateLimit | undefined;
  let requests = 0;

  const breaker = new Breaker({
    now,
    ...(options.breakerTimes !== undefined && { times: options.breakerTimes }),
    async probe() {
      const url = withQuery(new URL(`${base}/v2/`));
      const exchange: Exchange = { method: 'GET', url, headers: { via } };
      const reply = await transport.send(exchange, 'manifests').catch((error: unknown) => {
        throw failures.noted(error, exchange);
      });
      await readBounded(reply, MAX_ERROR_BYTES, exchange).catch(() => undefined);
    },
  });

  /** Watches all that goes to the endpoint itself; token services and redirect targets are not its fault. */
  const watched: Transport = {
    async send(exchange, lane) {
      const own = exchange.url.host === baseUrl.host;
      // Where nobody answers for the tokens, a manifest waits just as long.
      const sent = performance.now();
      const settle = own || lane === 'manifests' ? unanswered.sent() : () => undefined;
      try {
        const reply = await transport.send(exchange, lane);
        settle(true);
        if (own) noteReply(reply, exchange, lane);
        return reply;
      } catch (error) {
        settle(false);
        if (own && error instanceof UpstreamError) breaker.failed(error, sent);
        throw error;
      }
    },
  };
  const tokenService = new TokenService({
    transport: watched,
    ownHost: baseUrl.host,
    now,
    ...(options.breakerTimes !== undefined && { times: options.breakerTimes }),
  });
  const authorizer = options.authorizer(tokenService);

  function noteReply(reply: Reply, exchange: Exchange, lane: Lane): void {
    rateLimit = parseRateLimit(reply, now()) ?? rateLimit;
    const failure = statusError(reply, exchange);
    if (reply.status >= 500) breaker.failed(failure);
    else breaker.answered();
    quiet.note(failure, lane);
  }

  function statusError(reply: Reply, { method, url }: Exchange, said = ''): UpstreamError {
    return new UpstreamError('status', `${reply.status}${said}`, {
      method,
      url,
      status: reply.status,
      retryAfterMs: parseRetryAfter(header(reply, 'retry-after'), now()),
    });
  }

  function withQuery(url: URL): URL {
    for (const [name, value] of Object.entries(address.query)) url.searchParams.set(name, value);
    return url;
  }

  /** Throws for every status that is no success, and says what the registry said. */
  async function send(exchange: Exchange, lane: Lane, resumed = false): Promise<RegistryReply> {
    breaker.admit(exchange);
    quiet.admit(exchange, lane, resumed);
    refuseSpent(rateLimit, exchange, now());
    requests += 1;
    const path = exchange.url.pathname.slice(base.length - baseUrl.origin.length);
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(path)?.[1];
    const passedOn = exchange.headers['via'] ?? '';
    const chain = passable.test(passedOn) ? `${passedOn}, ${via}` : via;
    const through = { ...exchange, headers: { ...exchange.headers, via: chain } };
    const scope = `repository:${repository ?? ''}:pull`;
    const reply = await requestRegistry(watched, authorizer, through, scope, lane).catch((error: unknown) => {
      throw failures.noted(error, exchange);
    });
    if (reply.status >= 200 && reply.status < 300) return reply;
    const said = await readBounded(reply, MAX_ERROR_BYTES, exchange).catch(() => Buffer.alloc(0));
    throw failures.noted(statusError(reply, exchange, firstMessage(said)), exchange);
  }

  /** The typed client, over our own transport; what it answers is read whole into memory. */
  const client = createRegistryClient(base, async (request) => {
    const exchange: Exchange = {
      method: request.method === 'HEAD' ? 'HEAD' : 'GET',
      url: withQuery(new URL(request.url)),
      headers: Object.fromEntries(request.headers),
    };
    const reply = await send(exchange, 'manifests');
    refuseEncoded(reply, exchange);
    const bytes = await readBounded(reply, MAX_MANIFEST_BYTES, exchange);
    const response = new Response(bytes, { status: reply.status, headers: singleHeaders(reply) });
    replies.set(response, reply);
    return response;
  });

  function provenance(response: Response): Provenance {
    const reply = replies.get(response);
    if (reply === undefined) throw new Error('a response that this client did not make');
    return provenanceOf(reply);
  }

  function provenanceOf(reply: RegistryReply): Provenance {
    return {
      anonymous: !reply.authenticated && !options.presentsCertificate,
      warnings: warningsOf(reply),
    };
  }

  /** Asks for pages of a list, whole into memory. */
  function pagesOf(path: string, accept: string, passedOn: ReadOptions = {}): AskPage {
    return async (query) => {
      const url = new URL(`${base}${path}`);
      url.search = query.toString();
      const headers = { accept, ...passedOn };
      const exchange: Exchange = { method: 'GET', url: withQuery(url), headers };
      const reply = await send(exchange, 'manifests');
      const bytes = await readBounded(reply, MAX_MANIFEST_BYTES, exchange);
      refuseEncoded(reply, exchange);
      const { link, 'content-type': contentType } = Object.fromEntries(singleHeaders(reply));
      return { ...provenanceOf(reply), exchange, bytes, contentType, link };
    };
  }

  return {
    async manifestHead(repository, reference, passedOn) {
      const { response } = await client.HEAD('/v2/{name}/manifests/{reference}', {
        params: { path: { name: address.repository(repository), reference } },
        headers: { accept: manifestAccept, ...passedOn },
      });
      const digest = response.headers.get('docker-content-digest');
      return { ...provenance(response), digest: digest !== null && isDigest(digest) ? digest : undefined };
    },
    async manifestGet(repository, reference, passedOn) {
      const name = address.repository(repository);
      const { data, response } = await client.GET('/v2/{name}/manifests/{reference}', {
        params: { path: { name, reference } },
        headers: { accept: manifestAccept, ...passedOn },
        parseAs: 'arrayBuffer',
      });
      const bytes = Buffer.from(data ?? new ArrayBuffer(0));
      const announced = response.headers.get('docker-content-digest') ?? '';
      const expected = isDigest(reference) ? reference : isDigest(announced) ? announced : undefined;
      const digest = digestOf(bytes, expected === undefined ? 'sha256' : digestAlgorithm(expected));
      if (expected !== undefined && digest !== expected) {
        throw new UpstreamError('invalid', `sent bytes that hash to ${digest} in place of ${expected}`, {
          method: 'GET',
          url: new URL(`${base}${pathOf('manifestGet', { name, reference })}`),
        });
      }
      const contentType = response.headers.get('content-type') ?? undefined;
      return { ...provenance(response), bytes, contentType, digest };
    },
    async blobHead(repository, digest, passedOn) {
      const { response } = await client.HEAD('/v2/{name}/blobs/{digest}', {
        params: { path: { name: address.repository(repository), digest } },
        headers: { ...passedOn },
      });
      return { ...provenance(response), size: wholeNumber(response.headers.get('content-length')) };
    },
    async blobGet(repository, digest, { start = 0, end, signal, via: passedOn } = {}) {
      const name = address.repository(repository);
      const url = withQuery(new URL(`${base}${pathOf('blobGet', { name, digest })}`));
      const ranged = start > 0 || end !== undefined;
      const exchange: Exchange = {
        method: 'GET',
        url,
        headers: {
          ...(ranged && { range: `bytes=${start}-${end ?? ''}` }),
          ...(passedOn !== undefined && { via: passedOn }),
        },
        ...(signal !== undefined && { signal }),
      };
      const reply = await send(exchange, 'blobs', start > 0);
      try {
        refuseEncoded(reply, exchange);
        return { ...provenanceOf(reply), ...extent(reply, start, exchange), body: reply.body, url };
      } catch (error) {
        reply.body.cancel();
        throw error;
      }
    },
    tagsList(repository, page, passedOn) {
      const path = pathOf('tagsList', { name: address.repository(repository) });
      return readTags(pagesOf(path, 'application/json', passedOn), page);
    },
    referrersList(repository, subject, passedOn) {
      const path = pathOf('referrersList', { name: address.repository(repository), digest: subject });
      return readReferrers(pagesOf(path, mediaTypes.ociIndex, passedOn));
    },
    get dark() {
      return breaker.state === 'open';
    },
    get busy() {
      return transport.active > 0;
    },
    unansweredMs: () => unanswered.ms,
    status() {
      const { last: lastError } = failures;
      const expiry = authorizer.tokenExpiry();
      // Without tokens it is as good as dark.
      const fares = breaker.state === 'closed' ? (tokenService.state ?? breaker) : breaker;
      return {
        endpoint: redact(address.url),
        state: fares.state,
        since: fares.since,
        answered: breaker.answeredEver,
        ...(lastError !== undefined && { lastError }),
        ...(rateLimit !== undefined && { rateLimit }),
        ...(expiry !== undefined && { tokenExpiry: expiry }),
        bytesFetched: transport.bytesReceived,
        requests,
      };
    },
    retire() {
      breaker.close();
      tokenService.close();
    },
    async close() {
      breaker.close();
      tokenService.close();
      await transport.close();
    },
  };
}
