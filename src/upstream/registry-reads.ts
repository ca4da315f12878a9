// What a registry can be asked, and what it answers, whichever of its endpoints it is.
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference, Tag } from '../oci/reference.ts';
import type { RepositoryName } from '../oci/repository.ts';
import type { ReplyBody } from './reply-body.ts';

/** Whether it was obtained without credentials of ours, and what the upstream warned of. */
export interface Provenance {
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

export interface TagsList extends Provenance {
  /** In ASCII order. */
  readonly tags: readonly Tag[];
  /** Whether these are all tags of the repository, whatever page was asked for. */
  readonly whole: boolean;
  /** Of a page: the `last` by which the next one is asked for; absent at the end. */
  readonly next?: string;
}

export interface ReferrersList extends Provenance {
  readonly descriptors: readonly Descriptor[];
}

export interface ReadOptions {
  /** The `Via` header of the request that made us ask: who passes it on can tell a circle of mirrors. */
  readonly via?: string;
}

export interface BlobOptions extends ReadOptions {
  readonly start?: number;
  /** The last byte wanted, inclusive. */
  readonly end?: number;
  readonly signal?: AbortSignal;
}

/** Without `n` the whole list is wanted. */
export interface TagsPageOptions {
  readonly n?: number | undefined;
  readonly last?: string | undefined;
}

/** What a registry can be asked. All methods throw {@link UpstreamError}. */
export interface RegistryReads {
  manifestHead(
    repository: RepositoryName,
    reference: Reference,
    options?: ReadOptions,
  ): Promise<ManifestHead>;
  manifestGet(
    repository: RepositoryName,
    reference: Reference,
    options?: ReadOptions,
  ): Promise<FetchedManifest>;
  blobHead(repository: RepositoryName, digest: Digest, options?: ReadOptions): Promise<BlobHead>;
  blobGet(repository: RepositoryName, digest: Digest, options?: BlobOptions): Promise<BlobStream>;
  tagsList(repository: RepositoryName, page: TagsPageOptions, options?: ReadOptions): Promise<TagsList>;
  referrersList(repository: RepositoryName, subject: Digest, options?: ReadOptions): Promise<ReferrersList>;
}
