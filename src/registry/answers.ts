// What the engine answers, before it is HTTP.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ByteRange } from '../oci/range.ts';
import type { Tag } from '../oci/reference.ts';
import type { BlobFile } from '../serialize/store.ts';

/**
 * Where an answer came from: the cache; the upstream; a download that somebody else had started; the cache with the
 * upstream's word that it is current; the cache without it; the upstream, past the cache.
 */
export type Outcome = 'hit' | 'miss' | 'joined' | 'revalidated' | 'stale' | 'direct';

export interface ManifestAnswer {
  readonly entry: ManifestEntry;
  readonly bytes: Buffer;
  readonly outcome: Outcome;
  readonly warnings: readonly string[];
}

export interface TagsAnswer {
  /** In ASCII order. */
  readonly tags: readonly Tag[];
  /** Whether these are all tags, of which a page is still to be taken. */
  readonly whole: boolean;
  /** Of a page: the `last` by which the next one is asked for. */
  readonly next?: string;
  readonly outcome: Outcome;
  readonly warnings: readonly string[];
}

export interface ReferrersAnswer {
  readonly descriptors: readonly Descriptor[];
  readonly outcome: Outcome;
  readonly warnings: readonly string[];
}

export interface BlobHeadAnswer {
  readonly size: number;
  readonly outcome: Outcome;
}

export interface BlobAnswer extends BlobHeadAnswer {
  /** Opened, and to be closed by whoever sends it. */
  readonly file: BlobFile;
  /** A better source than `file` for a range far ahead of a running download, if there is one. */
  far(range: ByteRange): Promise<BlobFile | undefined>;
}
