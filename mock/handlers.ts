// The handlers of a mock registry: the contract, answered from the content store.
import type { Handlers } from '../api/bind.ts';
import type { Answer } from '../api/contract.ts';
import type { Digest } from '../src/oci/digest.ts';
import { matchesIfNoneMatch } from '../src/oci/etag.ts';
import { OciError } from '../src/oci/errors.ts';
import { blobAnswer } from './blob-reply.ts';
import type { Exchange } from './exchange.ts';
import type { PageRequest, PagingOptions } from './paging.ts';
import { pageOf } from './paging.ts';
import { referrersOf } from './referrers.ts';
import type { MockBody } from './reply.ts';
import { bytesBody, jsonAnswer, wholeBody } from './reply.ts';
import type { ContentStore } from './store.ts';

/** How a registry presents its lists; a test may change it at any time. */
export interface Presentation {
  paging: PagingOptions;
  /** whether the referrers API answers, or says 404 as registries did before it */
  referrersApi: boolean;
}

export function makeHandlers(store: ContentStore, presentation: Presentation): Handlers<Exchange, MockBody> {
  const manifest = (name: string, reference: string, noneMatch?: string): Answer<MockBody, 200 | 304> => {
    const { digest, bytes, mediaType } = store.manifest(name, reference);
    const headers = nameOf(digest);
    if (matchesIfNoneMatch(noneMatch, digest)) return { status: 304, headers };
    return { status: 200, headers: { ...headers, 'Content-Type': mediaType }, body: bytesBody(bytes) };
  };
  return {
    versionCheck: () => jsonAnswer(200, {}, { 'Docker-Distribution-Api-Version': 'registry/2.0' }),
    catalogList: ({ query }, exchange) => {
      const { entries, headers } = pageOf(
        store.repositories(),
        (entry) => entry,
        pageRequest(exchange, query),
        presentation.paging,
      );
      return jsonAnswer(200, { repositories: entries }, headers);
    },
    manifestGet: ({ path, header }) => manifest(path.name, path.reference, header['If-None-Match']),
    manifestHead: ({ path, header }) => manifest(path.name, path.reference, header['If-None-Match']),
    blobGet: ({ path, header }, { fault }) => {
      const content = store.blob(path.name, path.digest);
      const headers = nameOf(path.digest);
      if (matchesIfNoneMatch(header['If-None-Match'], path.digest)) return { status: 304, headers };
      return blobAnswer(content, fault.ignoreRange === true ? undefined : header.Range, headers);
    },
    blobHead: ({ path, header }) => {
      const content = store.blob(path.name, path.digest);
      const headers = {
        ...nameOf(path.digest),
        'Content-Type': 'application/octet-stream',
        'Accept-Ranges': 'bytes',
      };
      if (matchesIfNoneMatch(header['If-None-Match'], path.digest)) return { status: 304, headers };
      // RFC 9110 section 14.2: a Range is for GET only.
      return { status: 200, headers, body: wholeBody(content) };
    },
    tagsList: ({ path, query }, exchange) => {
      const { entries, headers } = pageOf(
        store.tags(path.name),
        (entry) => entry,
        pageRequest(exchange, query),
        presentation.paging,
      );
      return jsonAnswer(200, { name: path.name, tags: entries }, headers);
    },
    referrersList: ({ path, query }, exchange) => {
      // "Not found" is how a registry says that it has no referrers API; with one, an empty list is a 200.
      if (!presentation.referrersApi) throw new OciError('UNSUPPORTED', 'no referrers API', { status: 404 });
      const { artifactType } = query;
      const filters = artifactType === undefined ? {} : { artifactType };
      const { entries, headers } = pageOf(
        referrersOf(store.manifests(path.name), path.digest, artifactType),
        ({ digest }) => digest,
        {
          ...pageRequest(exchange, {}),
          last: new URL(exchange.entry.url, exchange.entry.origin).searchParams.get('last') ?? undefined,
          query: filters,
        },
        presentation.paging,
      );
      return jsonAnswer(
        200,
        { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: entries },
        {
          'Content-Type': 'application/vnd.oci.image.index.v1+json',
          ...(artifactType !== undefined && { 'OCI-Filters-Applied': 'artifactType' }),
          ...headers,
        },
      );
    },
  };
}

/** What names the content in every answer that has it. */
function nameOf(digest: Digest): Readonly<Record<string, string>> {
  return { 'Docker-Content-Digest': digest, ETag: `"${digest}"` };
}

function pageRequest(
  { entry }: Exchange,
  { n, last }: { readonly n?: number; readonly last?: string },
): PageRequest {
  return { origin: entry.origin, path: new URL(entry.url, entry.origin).pathname, n, last };
}
