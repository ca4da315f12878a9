// Who may have what: knowing a digest must not read another registry's private content.
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import type { ErrorCode } from '../oci/errors.ts';
import { UpstreamError } from '../upstream/errors.ts';
import type { ContentCache } from './content-cache.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

/** Whether content was ever obtained without credentials. */
export function isPublic({ manifests, blobs }: Memcache, digest: Digest): boolean {
  return manifests.get(digest)?.anonymous ?? blobs.isPublic(digest);
}

/**
 * Whether a repository may be served content without asking its registry: that registry has delivered or confirmed
 * it, or a manifest that we hold for the repository names it and it is public. A manifest's word alone does not
 * open private content, because anybody can write a manifest that names somebody else's digest.
 */
export function isLinked(memcache: Memcache, repository: RepositoryId, digest: Digest): boolean {
  const { manifests, blobs } = memcache;
  if (manifests.get(digest)?.references.has(repository) === true) return true;
  if (blobs.isLinked(digest, repository)) return true;
  if (!isPublic(memcache, digest)) return false;
  // Walks the smaller set: a base layer has thousands of parents, but few of them are of this repository.
  return !manifests.parents(digest).isDisjointFrom(manifests.ofRepository(repository));
}

/** As {@link isLinked}; an import beside this server may say so of what it had stored before. */
export async function isLinkedByNow(
  cache: ContentCache,
  repository: RepositoryId,
  digest: Digest,
): Promise<boolean> {
  if (isLinked(cache.memcache, repository, digest)) return true;
  await cache.index.relearn(digest);
  return isLinked(cache.memcache, repository, digest);
}

export interface Confirmation {
  /** Asks the target's registry whether it has the content, and records it if so. */
  readonly confirm: () => Promise<void>;
  readonly absent: 'MANIFEST_UNKNOWN' | 'BLOB_UNKNOWN';
  /** Whether it may be served under any repository while the registry cannot be asked. */
  readonly lenient: boolean;
}

/**
 * Asks a registry whether its repository has content that we hold but have not linked to it.
 * @returns whether the content could not be served without that word
 * @throws {OciError} 404 when it cannot be asked, and the content is not public
 * @throws {UpstreamError} when the registry says no
 */
export async function confirmed(
  target: Target,
  digest: Digest,
  { confirm, absent, lenient }: Confirmation,
): Promise<boolean> {
  try {
    await confirm();
    return !lenient;
  } catch (error) {
    if (!isWantOfUpstream(error)) throw error;
    if (lenient) return false;
    throw new OciError(
      absent,
      `${digest} is cached, but ${target.registry} has not confirmed that ${target.repository} has it, and it cannot be asked now`,
      { status: 404, cause: error },
    );
  }
}

const notCached = { status: 404, state: 'is not cached' };

/** In place of an upstream that must not be asked. */
export class AirGapped extends OciError {
  constructor(target: Target, what: string, code: ErrorCode, { status, state } = notCached) {
    super(
      code,
      `${targetId(target)}${what} ${state} and this server is air-gapped; carry it in with load or import`,
      { status },
    );
  }
}

/** As {@link AirGapped}, of what was here: 404 would say that it does not exist, and it does. */
export class LostInAirGap extends AirGapped {
  constructor(target: Target, what: string) {
    super(target, what, 'UNAVAILABLE', {
      status: 503,
      state: 'has been here, and is damaged or gone,',
    });
  }
}

/** Whether a failure is for want of an upstream: it is dark, or must not be asked. */
export function isWantOfUpstream(error: unknown): boolean {
  return (error instanceof UpstreamError && error.temporary) || error instanceof AirGapped;
}
