// A manifest's referrers as an endpoint's API lists them.
import type { Descriptor } from '../oci/descriptor.ts';
import { OciError } from '../oci/errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { UpstreamError } from './errors.ts';
import { allPages, provenanceOfAll } from './list-pages.ts';
import type { AskPage, ListPage } from './list-pages.ts';
import type { Provenance, ReferrersList } from './registry-reads.ts';

/** What registries answer that do not know the API: some take it for a strange manifest or a strange verb. */
const withoutApi: ReadonlySet<number | undefined> = new Set([400, 404, 405, 406, 410, 501]);

/**
 * All pages of the list. It is always asked for whole: we filter ourselves, so that one answer serves every filter.
 * @throws {UpstreamError}
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
 */
export async function readReferrers(ask: AskPage): Promise<ReferrersList> {
  const descriptors = new Map<string, Descriptor>();
  const pages: Provenance[] = [];
  for await (const page of allPages(ask, new URLSearchParams(), { maxBytes: MAX_MANIFEST_BYTES })) {
    for (const descriptor of indexOf(page)) descriptors.set(descriptor.digest, descriptor);
    pages.push({ anonymous: page.anonymous, warnings: page.warnings });
  }
  return { ...provenanceOfAll(pages), descriptors: [...descriptors.values()] };
}

/** Whether a failure means that the registry lists referrers under a tag, if at all. */
export function isWithoutReferrersApi(error: unknown): boolean {
  return error instanceof UpstreamError && error.failure === 'status' && withoutApi.has(error.status);
}

/** What is no index comes from a registry, or something before it, that does not know the path: that is its 404. */
function indexOf({ bytes, contentType, exchange }: ListPage): readonly Descriptor[] {
  try {
    const { kind, descriptors } = parseManifest(bytes, contentType);
    if (kind === 'index') return descriptors;
  } catch (error) {
    if (!(error instanceof OciError)) throw error;
  }
  throw new UpstreamError('status', 'answered no index, so it has no referrers API', {
    ...exchange,
    status: 404,
  });
}
