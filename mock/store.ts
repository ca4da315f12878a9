// What a mock registry holds: repositories of manifests, tags and blobs, in memory.
import type { Digest } from '../src/oci/digest.ts';
import { digestOf, isDigest } from '../src/oci/digest.ts';
import type { DigestAlgorithm } from '../src/oci/digest.ts';
import { OciError } from '../src/oci/errors.ts';
import type { Content } from './content.ts';

export interface StoredManifest {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

interface Repository {
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, Digest>;
  readonly blobs: Map<string, Content>;
}

export class ContentStore {
  readonly #repositories = new Map<string, Repository>();

  repositories(): readonly string[] {
    return [...this.#repositories.keys()].sort();
  }

  /** @throws {OciError} NAME_UNKNOWN */
  tags(repository: string): readonly string[] {
    return [...this.#get(repository).tags.keys()].sort();
  }

  manifests(repository: string): readonly StoredManifest[] {
    return [...(this.#repositories.get(repository)?.manifests.values() ?? [])];
  }

  /** @throws {OciError} NAME_UNKNOWN, MANIFEST_UNKNOWN */
  manifest(repository: string, reference: string): StoredManifest {
    const { manifests, tags } = this.#get(repository);
    const found = manifests.get(isDigest(reference) ? reference : (tags.get(reference) ?? ''));
    if (found === undefined) {
      throw new OciError('MANIFEST_UNKNOWN', `no manifest ${reference} in ${repository}`);
    }
    return found;
  }

  /** @throws {OciError} NAME_UNKNOWN, BLOB_UNKNOWN */
  blob(repository: string, digest: string): Content {
    const found = this.#get(repository).blobs.get(digest);
    if (found === undefined) throw new OciError('BLOB_UNKNOWN', `no blob ${digest} in ${repository}`);
    return found;
  }

  /** Any bytes under any media type: nothing is checked, so a manifest may be as hostile as it likes. */
  putManifest(
    repository: string,
    bytes: Uint8Array,
    mediaType: string,
    algorithm: DigestAlgorithm = 'sha256',
  ): StoredManifest {
    const manifest = { digest: digestOf(bytes, algorithm), bytes, mediaType };
    this.#make(repository).manifests.set(manifest.digest, manifest);
    return manifest;
  }

  /** Content under a digest, which a hostile registry need not have computed from it. */
  putBlob(repository: string, digest: string, content: Content): void {
    this.#make(repository).blobs.set(digest, content);
  }

  /** Makes or moves a tag. */
  tag(repository: string, tag: string, digest: Digest): void {
    this.#make(repository).tags.set(tag, digest);
  }

  deleteTag(repository: string, tag: string): void {
    this.#get(repository).tags.delete(tag);
  }

  /** Its tags stay and lead nowhere. */
  deleteManifest(repository: string, digest: string): void {
    this.#get(repository).manifests.delete(digest);
  }

  deleteBlob(repository: string, digest: string): void {
    this.#get(repository).blobs.delete(digest);
  }

  deleteRepository(repository: string): void {
    this.#repositories.delete(repository);
  }

  #get(repository: string): Repository {
    const found = this.#repositories.get(repository);
    if (found === undefined) throw new OciError('NAME_UNKNOWN', `no repository ${repository}`);
    return found;
  }

  #make(repository: string): Repository {
    const made = this.#repositories.get(repository) ?? {
      manifests: new Map(),
      tags: new Map(),
      blobs: new Map(),
    };
    this.#repositories.set(repository, made);
    return made;
  }
}
