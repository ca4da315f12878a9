// One upstream registry: asked at one of its endpoints, or at the next where that one fails.
import { LRUCache } from 'lru-cache';
import type { Digest } from '../oci/digest.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { Endpoint } from './endpoint.ts';
import { firstOf } from './failover.ts';
import type { BlobStream, ReadOptions, RegistryReads } from './registry-reads.ts';
import type { UpstreamStatus } from './upstream-status.ts';

export interface Upstream extends RegistryReads {
  readonly registry: RegistryHost;
  /** Whether requests or bodies are under way. */
  readonly busy: boolean;
  /**
   * For how many milliseconds the oldest request has waited to which, and since which, nothing was answered; 0 where
   * all is well. A registry that has been silent for a while need not be waited for as long as one that answers.
   */
  unansweredMs(): number;
  status(): readonly Omit<UpstreamStatus, 'configured'>[];
  /** The same upstream, asked on behalf of a request that others have passed on. */
  passingOn(via: string): Upstream;
  /** Ends what runs by itself; what is under way may end, and more may still be asked. */
  retire(): void;
  close(): Promise<void>;
}

/** Downloads of which we remember where they began last. */
const MAX_BEGINNINGS = 256;

export function createUpstream(
  { registry, pathPrefix }: { readonly registry: RegistryHost; readonly pathPrefix?: string },
  endpoints: readonly Endpoint[],
): Upstream {
  const beginnings = new LRUCache<Digest, { readonly start: number; readonly endpoint: Endpoint }>({
    max: MAX_BEGINNINGS,
  });

  /** A download that is taken up where it began last time got nothing there: the others go first. */
  function order(digest: Digest, start: number): readonly Endpoint[] {
    const last = beginnings.get(digest);
    if (last?.start !== start) return endpoints;
    return [...endpoints.filter((endpoint) => endpoint !== last.endpoint), last.endpoint];
  }

  const view = (passedOn: ReadOptions): Upstream => ({
    registry,
    manifestHead: (repository, reference) =>
      firstOf(endpoints, (endpoint) => endpoint.manifestHead(repository, reference, passedOn)),
    manifestGet: (repository, reference) =>
      firstOf(endpoints, (endpoint) => endpoint.manifestGet(repository, reference, passedOn)),
    blobHead: (repository, digest) =>
      firstOf(endpoints, (endpoint) => endpoint.blobHead(repository, digest, passedOn)),
    tagsList: (repository, page) =>
      firstOf(endpoints, (endpoint) => endpoint.tagsList(repository, page, passedOn)),
    referrersList: (repository, subject) =>
      firstOf(endpoints, (endpoint) => endpoint.referrersList(repository, subject, passedOn)),
    blobGet(repository, digest, options = {}) {
      const { start = 0, end, signal } = options;
      const ask = async (endpoint: Endpoint): Promise<BlobStream> => {
        const stream = await endpoint.blobGet(repository, digest, { ...options, ...passedOn });
        if (end === undefined) beginnings.set(digest, { start, endpoint });
        return stream;
      };
      return firstOf(end === undefined ? order(digest, start) : endpoints, ask, signal);
    },
    get busy() {
      return endpoints.some((endpoint) => endpoint.busy);
    },
    unansweredMs: () => endpoints.find((endpoint) => !endpoint.dark)?.unansweredMs() ?? 0,
    status: () =>
      endpoints.map((endpoint) => ({
        registry,
        ...(pathPrefix !== undefined && { pathPrefix }),
        ...endpoint.status(),
      })),
    passingOn: (via) => view({ via }),
    retire() {
      for (const endpoint of endpoints) endpoint.retire();
    },
    async close() {
      await Promise.all(endpoints.map((endpoint) => endpoint.close()));
    },
  });
  return view({});
}
