// What the manifests of a bundle name, checked against its table as each of them is read.
import type { Digest } from '../oci/digest.ts';
import { isNonDistributableType } from '../oci/media-type.ts';
import type { Manifest } from '../oci/manifest.ts';
import { BundleError } from './bundle-error.ts';
import { blobName } from './bundle-table.ts';
import type { BundleManifest, BundleTable } from './bundle-table.ts';

/** No index that anybody makes is nested so deeply. */
const MAX_DEPTH = 8;

export class BundleTrees {
  readonly #manifests: ReadonlyMap<Digest, BundleManifest>;
  readonly #blobs: ReadonlyMap<Digest, number>;
  /** The manifests that an index names, of those that are in the table: it may be sparse. */
  readonly #children = new Map<Digest, readonly Digest[]>();

  constructor({ manifests, blobs }: BundleTable) {
    this.#manifests = new Map(manifests.map((manifest) => [manifest.digest, manifest]));
    this.#blobs = new Map(blobs.map(({ digest, size }) => [digest, size]));
  }

  /** @throws {BundleError} when it names a blob that the table has not, or with another size */
  add({ digest }: BundleManifest, { kind, descriptors }: Manifest): void {
    const name = blobName(digest);
    if (kind === 'index') {
      const held = descriptors.filter((child) => this.#manifests.has(child.digest));
      const wrong = held.find((child) => this.#manifests.get(child.digest)?.size !== child.size);
      if (wrong !== undefined)
        throw new BundleError(name, `the size that it gives for ${wrong.digest} is wrong`);
      this.#children.set(
        digest,
        held.map((child) => child.digest),
      );
    }
    if (kind !== 'image') return;
    for (const blob of descriptors) {
      const size = this.#blobs.get(blob.digest);
      if (size === blob.size || (size === undefined && isNonDistributableType(blob.mediaType))) continue;
      const problem =
        size === undefined ? 'the bundle does not have it' : `the bundle has ${size} bytes of it`;
      throw new BundleError(name, `it names ${blob.digest} of ${blob.size} bytes, and ${problem}`);
    }
  }

  /**
   * The manifests in groups: each group names only manifests of those before it.
   * @throws {BundleError} when indexes are nested too deeply
   */
  bottomUp(): readonly (readonly BundleManifest[])[] {
    const ranks = new Map<Digest, number>();
    const groups: BundleManifest[][] = [];
    for (const manifest of this.#manifests.values()) {
      const rank = this.#rank(manifest.digest, ranks, 0);
      (groups[rank] ??= []).push(manifest);
    }
    return Array.from(groups, (group: BundleManifest[] | undefined) => group ?? []);
  }

  #rank(digest: Digest, ranks: Map<Digest, number>, depth: number): number {
    const known = ranks.get(digest);
    if (known !== undefined) return known;
    if (depth > MAX_DEPTH) throw new BundleError(blobName(digest), 'indexes are nested too deeply around it');
    const below = (this.#children.get(digest) ?? []).map((child) => this.#rank(child, ranks, depth + 1));
    const rank = below.reduce((highest, other) => Math.max(highest, other + 1), 0);
    ranks.set(digest, rank);
    return rank;
  }
}
