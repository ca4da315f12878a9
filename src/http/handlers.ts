// The operations of the contract, delegated to the engine.
import type { Handlers } from '../../api/bind.ts';
import type { Answer, Parameters } from '../../api/contract.ts';
import { matchesIfNoneMatch } from '../oci/etag.ts';
import { mediaTypes } from '../oci/media-type.ts';
import type { Target } from '../pullrequest/target.ts';
import type { BlobAnswer } from '../registry/answers.ts';
import type { Registry } from '../registry/registry.ts';
import type { AccessRecord } from './access-record.ts';
import type { Body } from './body.ts';
import {
  blobAnswer,
  blobHeadAnswer,
  blobHeaders,
  manifestAnswer,
  namespaceHeader,
  warningHeader,
} from './content-answer.ts';
import type { Meaning } from './hits.ts';
import { nextLink, page } from './paging.ts';
import { rangedAnswer } from './ranges.ts';

/** What a handler needs of a request beside its parameters. */
export interface HandlerRequest {
  readonly host: string | undefined;
  /** The `Via` header: who has passed this request on. */
  readonly via: string | undefined;
  readonly record: AccessRecord;
  /** Takes what the request means, so that it need not be worked out again. */
  readonly learn: (meaning: Meaning) => void;
}

type Named = Pick<Parameters<'tagsList'>, 'path' | 'query' | 'header'>;

export function createHandlers(registry: Registry): Handlers<HandlerRequest, Body> {
  function target({ path, query, header }: Named, { host, via, record }: HandlerRequest): Target {
    const found = registry.target(
      {
        name: path.name,
        ns: query.ns,
        ociNamespace: header['OCI-Namespace'],
        xRegistry: header['X-Registry'],
        host,
      },
      via,
    );
    record.upstream = found.registry;
    return found;
  }

  async function manifest(
    parameters: Parameters<'manifestGet'> | Parameters<'manifestHead'>,
    request: HandlerRequest,
  ): Promise<Answer<Body, 200 | 304>> {
    request.record.kind = 'manifest';
    const from = target(parameters, request);
    const { reference } = parameters.path;
    request.learn({ kind: 'manifest', target: from, reference });
    const found = await registry.manifest(from, reference);
    request.record.outcome = found.outcome;
    const answer = manifestAnswer(found, from);
    return matchesIfNoneMatch(parameters.header['If-None-Match'], found.entry.digest)
      ? notModified(answer.headers)
      : answer;
  }

  return {
    versionCheck: () => json({}),

    catalogList({ query }) {
      const { entries, link } = page(registry.repositories(), query, '/v2/_catalog');
      return json({ repositories: entries }, linkHeader(link));
    },

    manifestGet: manifest,
    manifestHead: manifest,

    async blobGet(parameters, request) {
      request.record.kind = 'blob';
      const { digest } = parameters.path;
      const from = target(parameters, request);
      request.learn({ kind: 'blob', target: from, digest });
      const blob = await registry.blob(from, digest);
      request.record.outcome = blob.outcome;
      const headers = blobHeaders(digest, from);
      if (matchesIfNoneMatch(parameters.header['If-None-Match'], digest)) {
        await blob.file.close();
        return notModified(headers);
      }
      const { Range } = parameters.header;
      // As a hit ahead of the router is sent.
      if (Range === undefined && blob.file.bytes !== undefined)
        return blobAnswer(blob.file.bytes, digest, from);
      const far: BlobAnswer['far'] = async (range) => {
        const file = await blob.far(range);
        if (file !== undefined) request.record.outcome = 'direct';
        return file;
      };
      return rangedAnswer({ ...blob, far }, Range, headers);
    },

    async blobHead(parameters, request) {
      request.record.kind = 'blob';
      const { digest } = parameters.path;
      const from = target(parameters, request);
      request.learn({ kind: 'blob', target: from, digest });
      const found = await registry.blobHead(from, digest);
      request.record.outcome = found.outcome;
      return matchesIfNoneMatch(parameters.header['If-None-Match'], digest)
        ? notModified(blobHeaders(digest, from))
        : blobHeadAnswer(found, digest, from);
    },

    async tagsList(parameters, request) {
      const from = target(parameters, request);
      const { name } = parameters.path;
      const { n, last, ns } = parameters.query;
      const { tags, whole, next, outcome, warnings } = await registry.tags(from, { n, last });
      request.record.outcome = outcome;
      const path = `/v2/${name}/tags/list`;
      const { entries, link } = whole
        ? page(tags, { n, last }, path, { ns })
        : {
            entries: tags,
            link: next === undefined ? undefined : nextLink(path, { n: String(n), last: next, ns }),
          };
      return json(
        { name, tags: entries },
        { ...linkHeader(link), ...namespaceHeader(from), ...warningHeader(warnings) },
      );
    },

    async referrersList(parameters, request) {
      const from = target(parameters, request);
      const { artifactType } = parameters.query;
      const { descriptors, outcome, warnings } = await registry.referrers(
        from,
        parameters.path.digest,
        artifactType,
      );
      request.record.outcome = outcome;
      const filtered = artifactType === undefined ? {} : { 'OCI-Filters-Applied': 'artifactType' };
      return json(
        { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: descriptors },
        {
          'Content-Type': mediaTypes.ociIndex,
          ...filtered,
          ...namespaceHeader(from),
          ...warningHeader(warnings),
        },
      );
    },
  };
}

function json(value: unknown, headers: Readonly<Record<string, string>> = {}): Answer<Body, 200> {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** Without what describes a body. */
function notModified({
  'Content-Type': _type,
  ...headers
}: Readonly<Record<string, string>>): Answer<Body, 304> {
  return { status: 304, headers };
}

function linkHeader(link: string | undefined): Record<string, string> {
  return link === undefined ? {} : { Link: link };
}
