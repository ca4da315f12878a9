// What is known in memory of one cached manifest: everything but its bytes.
import type { Digest } from '../oci/digest.ts';
import type { Manifest } from '../oci/manifest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Tag } from '../oci/reference.ts';
import type { RepositoryId } from './repository-id.ts';

export interface TagState {
  /** ISO time; the later of two claims to one tag holds. */
  readonly bound: string;
  /** Milliseconds since the epoch at which the upstream last said that the tag still leads here. */
  readonly revalidated: number | undefined;
  /** Kept, wherever the tag moves. */
  readonly pinned?: true;
}

/** A manifest that another one names, or a blob that a manifest names. */
export interface Child {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly platform?: Platform;
}

export interface ManifestEntry {
  readonly digest: Digest;
  readonly kind: Manifest['kind'];
  readonly mediaType: string;
  readonly artifactType?: string;
  readonly size: number;
  readonly children: readonly Child[];
  readonly subject?: Digest;
  /** Whether it was ever obtained without credentials: it is public. */
  readonly anonymous: boolean;
  readonly created: string;
  readonly lastPulled?: string;
  /** The repositories whose registry has delivered or confirmed it, and the tags that lead here in each. */
  readonly references: ReadonlyMap<RepositoryId, ReadonlyMap<Tag, TagState>>;
  /** The repositories for which it is kept itself, whatever their tags do. */
  readonly pinned?: ReadonlySet<RepositoryId>;
}
