// The shelf: what is cached, as whoever carries it elsewhere sees it. A directory that is looked at has one, and so has
// a registry that serves.
import { createHash } from 'node:crypto';
import type { LinkCheck } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { Memcache } from '../memcache/memcache.ts';
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Store } from '../serialize/store.ts';
import { unhurried } from '../thread/turns.ts';
import { lookAtCache } from './cached-directory.ts';
import { cachedImages, imageName } from './cached-images.ts';
import { planExport } from './export-plan.ts';
import type { ExportPlan, PlannedImage, Selection } from './export-plan.ts';
import { imageParts } from './image-parts.ts';

export type { ExportPlan, IncompleteImage, PlannedBlob, PlannedImage, Selection } from './export-plan.ts';

/** Takes bytes that are its own until it resolves; then they may become others. */
export type Write = (chunk: Uint8Array) => Promise<void>;

export interface Shelf {
  /** What has to go along for images to be served elsewhere. */
  plan(selection: Selection): Promise<ExportPlan>;
  /**
   * The exact bytes of a manifest.
   * @throws {ContentGone}
   */
  manifest(digest: Digest): Promise<Uint8Array>;
  /**
   * Writes the bytes of a blob, and hashes them on their way.
   * @throws {ContentGone} also at the end, when the bytes were not those of the digest
   */
  blob(digest: Digest, write: Write): Promise<void>;
  /** Every manifest and blob that is there, in no order. */
  digests(): Iterable<Digest>;
  /** The images that can be pulled whole with their upstreams gone, in no order. */
  completeImages(): AsyncIterable<PlannedImage>;
}

/** What was there is not, or not as it was. */
export class ContentGone extends Error {
  override readonly name = 'ContentGone';
}

export interface ShelfParts {
  readonly store: Pick<Store, 'blobOpen' | 'holderRead'>;
  readonly memcache: Memcache;
  readonly linkCheck: () => LinkCheck;
}

const CHUNK = 256 * 1024;

export function createShelf({ store, memcache, linkCheck }: ShelfParts): Shelf {
  const manifest = async (digest: Digest): Promise<Uint8Array> => {
    const holder = await store.holderRead(digest);
    if (holder === undefined) throw new ContentGone(`the manifest ${digest} is not cached any more`);
    return Buffer.from(holder.manifest);
  };
  return {
    plan: (selection) => planExport(selection, { memcache, linkCheck: linkCheck(), manifest }),
    manifest,
    blob: (digest, write) => copyBlob(store, digest, write),
    *digests() {
      for (const { digest } of memcache.manifests.values()) yield digest;
      yield* memcache.blobs.digests();
    },
    async *completeImages() {
      for await (const image of unhurried(cachedImages(memcache))) {
        const serving = { memcache, repository: image.repository, linkCheck: linkCheck() };
        if (imageParts(image.entry, serving).some(({ flaw }) => flaw !== undefined)) continue;
        yield { name: imageName(image), digest: image.entry.digest };
      }
    },
  };
}

/**
 * The shelf of a directory, which a server may be using.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function lookAtShelf<T>(
  imagePath: string,
  linkCheck: LinkCheck,
  log: Log,
  look: (shelf: Shelf) => Promise<T>,
): Promise<T> {
  return lookAtCache(imagePath, log, (directory) =>
    look(createShelf({ ...directory, linkCheck: () => linkCheck })),
  );
}

async function copyBlob(store: Pick<Store, 'blobOpen'>, digest: Digest, write: Write): Promise<void> {
  const file = await store.blobOpen(digest);
  if (file === undefined) throw new ContentGone(`the blob ${digest} is not cached any more`);
  const hash = createHash(digestAlgorithm(digest));
  // One for the whole blob: what is read into a new one each time is collected too late to be little.
  const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, Math.max(file.size, 1)));
  try {
    for (let position = 0; ;) {
      const length = await file.read(buffer, buffer.length, position);
      if (length === 0) break;
      const chunk = buffer.subarray(0, length);
      hash.update(chunk);
      await write(chunk);
      position += length;
    }
  } finally {
    await file.close();
  }
  if (hash.digest('hex') !== digestHex(digest)) throw new ContentGone(`the blob ${digest} is damaged`);
}
