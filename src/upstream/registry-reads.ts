// What a registry can be asked, and what it answers, whichever of its endpoints it is.
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
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
}
