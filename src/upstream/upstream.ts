// One upstream registry: what it is asked, in the contract's terms, and what it answered.
import { createRegistryClient, pathOf } from '../../api/client.ts';
import type { RegistryEntry } from '../config/config.ts';
import type { Digest } from '../oci/digest.ts';
import { digestAlgorithm, digestOf, isDigest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { manifestAccept } from '../oci/media-type.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { createAuthorizer } from './authorizer.ts';
import { header, readBounded } from './body.ts';
import { parseRetryAfter, UpstreamError } from './errors.ts';
import { requestRegistry } from './request.ts';
import type { ReplyBody } from './reply-body.ts';
import type { RegistryReply } from './request.ts';
import type { Exchange, Lane, Transport } from './transport.ts';

/** Whether it was obtained without credentials of ours, and what the upstream warned of. */
interface Provenance {
  readonly anonymous: boolean;
  readonly warnings: readonly string[];
}

export interface ManifestHead extends Provenance {
  /** Some registries do not say. */
  readonly digest: Digest | undefined;
}

export interface FetchedManifest extends Provenance {
  readonly bytes: Buffer;
  /** The `Content-Type`; the body may say another, which is the reader's to judge. */
  readonly contentType: string | undefined;
  /** Of the bytes that came, in the algorithm of the digest that was asked for. */
  readonly digest: Digest;
}

export interface BlobHead extends Provenance {
  readonly size: number | undefined;
}

export interface BlobStream extends Provenance {
  /** Of the whole blob, where the upstream says it. */
  readonly size: number | undefined;
  /** Where in the blob the body begins: 0 when the upstream does not do ranges. */
  readonly start: number;
  readonly body: ReplyBody;
  readonly url: URL;
}

export interface BlobOptions {
  readonly start?: number;
  /** The last byte wanted, inclusive. */
  readonly end?: number;
  readonly signal?: AbortSignal;
}

/** All methods throw {@link UpstreamError}. */
export interface Upstream {
  readonly registry: RegistryHost;
  manifestHead(repository: RepositoryName, reference: Reference): Promise<ManifestHead>;
  manifestGet(repository: RepositoryName, reference: Reference): Promise<FetchedManifest>;
  blobHead(repository: RepositoryName, digest: Digest): Promise<BlobHead>;
  blobGet(repository: RepositoryName, digest: Digest, options?: BlobOptions): Promise<BlobStream>;
  close(): Promise<void>;
}

const MAX_ERROR_BYTES = 64 * 1024;

/**
 * @param baseUrl where the registry is reached
 * @param options.via our pseudonym for the `Via` header, by which a loop of mirrors is noticed
 */
export function createUpstream(
  entry: RegistryEntry,
  baseUrl: URL,
  transport: Transport,
  options: { readonly now: () => Date; readonly via: string },
): Upstream {
  const authorizer = createAuthorizer(transport, baseUrl, entry.auth, options.now);
  const presentsCertificate = entry.tls.cert !== undefined;
  const replies = new WeakMap<Response, RegistryReply>();

  /** Throws for every status that is no success, and says what the registry said. */
  async function send(exchange: Exchange, lane: Lane): Promise<RegistryReply> {
    const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags|referrers)\//.exec(exchange.url.pathname)?.[1];
    const through = { ...exchange, headers: { via: options.via, ...exchange.headers } };
    const scope = `repository:${repository ?? ''}:pull`;
    const reply = await requestRegistry(transport, authorizer, through, scope, lane);
    if (reply.status >= 200 && reply.status < 300) return reply;
    const said = await readBounded(reply, MAX_ERROR_BYTES, exchange).catch(() => Buffer.alloc(0));
    throw new UpstreamError('status', `${reply.status}${firstMessage(said)}`, {
      method: exchange.method,
      url: exchange.url,
      status: reply.status,
      retryAfterMs: parseRetryAfter(header(reply, 'retry-after'), options.now()),
    });
  }

  /** The typed client, over our own transport; what it answers is read whole into memory. */
  const client = createRegistryClient(baseUrl.href.replace(/\/$/, ''), async (request) => {
    const method = request.method === 'HEAD' ? 'HEAD' : 'GET';
    const exchange = {
      method,
      url: new URL(request.url),
      headers: Object.fromEntries(request.headers),
    } as const;
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
    return { anonymous: !reply.authenticated && !presentsCertificate, warnings: warningsOf(reply) };
  }

  return {
    registry: entry.registry,
    async manifestHead(repository, reference) {
      const { response } = await client.HEAD('/v2/{name}/manifests/{reference}', {
        params: { path: { name: repository, reference } },
        headers: { accept: manifestAccept },
      });
      const digest = response.headers.get('docker-content-digest');
      return { ...provenance(response), digest: digest !== null && isDigest(digest) ? digest : undefined };
    },
    async manifestGet(repository, reference) {
      const { data, response } = await client.GET('/v2/{name}/manifests/{reference}', {
        params: { path: { name: repository, reference } },
        headers: { accept: manifestAccept },
        parseAs: 'arrayBuffer',
      });
      const bytes = Buffer.from(data ?? new ArrayBuffer(0));
      const announced = response.headers.get('docker-content-digest') ?? '';
      const expected = isDigest(reference) ? reference : isDigest(announced) ? announced : undefined;
      const digest = digestOf(bytes, expected === undefined ? 'sha256' : digestAlgorithm(expected));
      if (expected !== undefined && digest !== expected) {
        const url = new URL(
          pathOf('manifestGet', { name: repository, reference }).slice(1),
          directory(baseUrl),
        );
        throw new UpstreamError('invalid', `sent bytes that hash to ${digest} in place of ${expected}`, {
          method: 'GET',
          url,
        });
      }
      return {
        ...provenance(response),
        bytes,
        contentType: response.headers.get('content-type') ?? undefined,
        digest,
      };
    },
    async blobHead(repository, digest) {
      const { response } = await client.HEAD('/v2/{name}/blobs/{digest}', {
        params: { path: { name: repository, digest } },
      });
      return { ...provenance(response), size: wholeNumber(response.headers.get('content-length')) };
    },
    async blobGet(repository, digest, { start = 0, end, signal } = {}) {
      const url = new URL(pathOf('blobGet', { name: repository, digest }).slice(1), directory(baseUrl));
      const range = start > 0 || end !== undefined ? { range: `bytes=${start}-${end ?? ''}` } : {};
      const exchange: Exchange = {
        method: 'GET',
        url,
        headers: range,
        ...(signal !== undefined && { signal }),
      };
      const reply = await send(exchange, 'blobs');
      try {
        refuseEncoded(reply, exchange);
        return { ...provenanceOf(reply), ...extent(reply, start, exchange), body: reply.body, url };
      } catch (error) {
        reply.body.cancel();
        throw error;
      }
    },
    close: () => transport.close(),
  };
}

/** Relative paths resolve below a base that ends in a slash. */
function directory(url: URL): URL {
  return url.pathname.endsWith('/') ? url : new URL(`${url.href}/`);
}

/** Which part of the blob a reply carries, and how long the blob is. */
function extent(
  reply: RegistryReply,
  wanted: number,
  exchange: Exchange,
): { size: number | undefined; start: number } {
  if (reply.status !== 206) return { size: wholeNumber(header(reply, 'content-length')), start: 0 };
  const range = /^bytes (\d{1,15})-\d{1,15}\/(?:(\d{1,15})|\*)$/.exec(header(reply, 'content-range') ?? '');
  if (range === null || Number(range[1]) !== wanted) {
    throw new UpstreamError('invalid', 'answered another range than was asked for', exchange);
  }
  return { size: range[2] === undefined ? undefined : Number(range[2]), start: wanted };
}

/** We ask for `identity`; what is encoded all the same is not the content that the digest names. */
function refuseEncoded(reply: RegistryReply, exchange: Exchange): void {
  const encoding = header(reply, 'content-encoding') ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new UpstreamError('invalid', `answered with Content-Encoding ${encoding.slice(0, 20)}`, exchange);
  }
}

function wholeNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function singleHeaders(reply: RegistryReply): [string, string][] {
  return Object.entries(reply.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value] as [string, string]],
  );
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings */
function warningsOf(reply: RegistryReply): readonly string[] {
  const value = reply.headers['warning'] ?? [];
  return (Array.isArray(value) ? value : [value])
    .filter((text) => /^299 - "[\t\x20-\x7e]{0,4080}"$/.test(text))
    .slice(0, 4);
}

/** What a registry says of its refusal, for the person who reads ours. */
function firstMessage(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as {
      errors?: readonly { code?: unknown; message?: unknown }[];
    };
    const [first] = errors ?? [];
    const words = [first?.code, first?.message].filter((word) => typeof word === 'string' && word !== '');
    return words.length === 0
      ? ''
      : ` (${words
          .join(': ')
          .replace(/[^\x20-\x7e]/g, ' ')
          .slice(0, 200)})`;
  } catch {
    return '';
  }
}
