// Prune: takes images away, and what nothing needs any more; on a directory that others may be using.
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import { StoreError } from '../serialize/errors.ts';
import type { Lease } from '../serialize/held-lease.ts';
import { inParallel } from '../serialize/in-parallel.ts';
import type { PartialBlob, Store } from '../serialize/store.ts';
import { Turns, unhurried } from '../thread/turns.ts';
import { lookAtCache } from './cached-directory.ts';
import { matchesImage } from './cached-images.ts';
import type { ContentCache } from './content-cache.ts';
import { planPrune } from './prune-plan.ts';
import type { Candidate, PlannedImage, PruneWish, Removal } from './prune-plan.ts';
import { withoutLost } from './prune-removal.ts';

export { LeaseTaken } from '../serialize/lease.ts';

/** What an image must be to go; where nothing is said no image goes, only what nothing needs. */
export interface PruneOptions {
  /** One of these fits its name as `list` prints it; `*` stands for anything, and the tag may be left out. */
  readonly patterns?: readonly string[];
  /** It has been in the cache since before. */
  readonly createdBefore?: Date;
  /** It was last pulled, or came, before. */
  readonly notPulledSince?: Date;
  /** No tag leads to it. */
  readonly untagged?: boolean;
  /** Bytes that the cache may take: of what fits, the least recently pulled go until it takes no more. */
  readonly maxSize?: number;
  /** Only says what would go. */
  readonly dryRun?: boolean;
}

export interface PrunedImage {
  /** As `list` prints it. */
  readonly image: string;
  readonly digest: Digest;
  readonly created: string;
  readonly lastPulled?: string;
  /** Bytes of blobs that nothing needed any more when it had gone, after those before it. */
  readonly freed: number;
}

export interface PruneReport {
  readonly dryRun: boolean;
  /** In the order in which they went. */
  readonly images: readonly PrunedImage[];
  /** Those that were to go, and stay because they are pinned. */
  readonly pinned: readonly string[];
  /** What nothing needed before: blobs that no manifest names, downloads that nobody resumed. */
  readonly leftovers: { readonly blobs: number; readonly partials: number; readonly bytes: number };
  /** Bytes that are free now, the leftovers' too. */
  readonly freed: number;
  /** Bytes that the cache takes now: blobs, and downloads that are not whole. */
  readonly size: number;
  /** What the disk would not let go; the log says why. */
  readonly failed: number;
}

export interface PruneParts {
  readonly store: Store;
  readonly cache: ContentCache;
  /** Whether a blob is being downloaded here. */
  readonly isFilling: (digest: Digest) => boolean;
  readonly clock: () => Date;
  readonly log: Log;
}

/** Which images go, and how many. */
export interface PruneGoal extends Pick<PruneWish, 'fits'> {
  /** Bytes to free, when the cache takes so many; where it is not given all that fits goes. */
  readonly bytesToFree?: (size: number) => number;
  /** Nothing goes that was pulled, or blobs that were written, since. */
  readonly spareSince?: Date;
}

export interface PruneRun {
  readonly dryRun?: boolean;
  /** Milliseconds to wait for who brings content in. */
  readonly patienceMs?: number;
  /** Ends the wait, and the prune between two removals. */
  readonly signal?: AbortSignal;
}

/** Partial downloads that have not grown for so long are not resumed any more. */
export const PARTIALS_EXPIRE_MS = 7 * 24 * 3600 * 1000;
/** What nothing needs may be on its way into the cache, in this process or another. */
const LEFT_MS = 3600 * 1000;
const WIDTH = 8;

/**
 * Prunes by what was asked for.
 * @throws {LeaseTaken} while somebody loads or imports, or prunes
 * @throws {StoreError} when the directory cannot be read
 */
export function prune(parts: PruneParts, options: PruneOptions, signal?: AbortSignal): Promise<PruneReport> {
  const { maxSize, dryRun } = options;
  const goal: PruneGoal = {
    fits: (image) => isWanted(options, image),
    ...(maxSize !== undefined && { bytesToFree: (size: number) => size - maxSize }),
  };
  return pruneTowards(parts, goal, {
    ...(dryRun !== undefined && { dryRun }),
    ...(signal !== undefined && { signal }),
  });
}

/**
 * Like {@link prune}, on a directory; a server may be using it.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function pruneDirectory(imagePath: string, options: PruneOptions, log: Log): Promise<PruneReport> {
  return lookAtCache(imagePath, log, ({ store, cache }) =>
    prune({ store, cache, isFilling: () => false, clock: () => new Date(), log }, options),
  );
}

function isWanted(options: PruneOptions, image: Candidate): boolean {
  const { patterns = [], createdBefore, notPulledSince, untagged = false, maxSize } = options;
  const isAsked =
    patterns.length > 0 ||
    untagged ||
    [createdBefore, notPulledSince, maxSize].some((limit) => limit !== undefined);
  return (
    isAsked &&
    (patterns.length === 0 || patterns.some((pattern) => matchesImage(pattern, image))) &&
    (createdBefore === undefined || image.entry.created < createdBefore.toISOString()) &&
    (notPulledSince === undefined || image.pulled < notPulledSince.toISOString()) &&
    (!untagged || image.tag === undefined)
  );
}

/** As {@link prune}; the goal is that of whoever decides. */
export async function pruneTowards(
  parts: PruneParts,
  goal: PruneGoal,
  { dryRun = false, patienceMs, signal }: PruneRun,
): Promise<PruneReport> {
  const { store } = parts;
  if (dryRun) return new Pruning(parts, goal).run();
  const lease = await store.lease({
    mode: 'exclusive',
    holder: 'prune',
    ...(patienceMs !== undefined && { patienceMs }),
    ...(signal !== undefined && { signal }),
  });
  try {
    return await new Pruning(parts, goal, { lease, signal }).run();
  } finally {
    await lease.release();
  }
}

interface Leftovers {
  /** Bytes of blobs that no manifest names, and of records without a blob: none. */
  readonly blobs: ReadonlyMap<Digest, number>;
  readonly partials: readonly PartialBlob[];
  readonly bytes: number;
}

interface RightToPrune {
  readonly lease: Lease;
  readonly signal: AbortSignal | undefined;
}

class Pruning {
  readonly #parts: PruneParts;
  readonly #goal: PruneGoal;
  /** Undefined when nothing is to be changed. */
  readonly #right: RightToPrune | undefined;
  readonly #began: number;
  #freed = 0;
  #failed = 0;

  constructor(parts: PruneParts, goal: PruneGoal, right?: RightToPrune) {
    this.#parts = parts;
    this.#goal = goal;
    this.#right = right;
    this.#began = parts.clock().getTime();
  }

  async run(): Promise<PruneReport> {
    const { cache, store } = this.#parts;
    const turns = new Turns();
    await cache.index.learn();
    const leftovers = await this.#leftovers(turns);
    const size = cache.memcache.blobs.bytes + sum((await store.partials()).map((partial) => partial.size));
    const { fits, bytesToFree } = this.#goal;
    const plan = await planPrune(
      { memcache: cache.memcache, pulledAt: (entry) => cache.pulledAt(entry) },
      {
        fits,
        leftBefore: this.#ago(LEFT_MS).toISOString(),
        ...(bytesToFree !== undefined && { bytes: bytesToFree(size) - leftovers.bytes }),
      },
      turns,
    );
    const report = {
      images: plan.images.map(prunedImage),
      pinned: plan.pinned.map(({ name }) => name).sort(),
      leftovers: {
        blobs: leftovers.blobs.values().reduce((blobs, bytes) => blobs + (bytes > 0 ? 1 : 0), 0),
        partials: leftovers.partials.length,
        bytes: leftovers.bytes,
      },
    };
    if (this.#right === undefined) {
      const freed = leftovers.bytes + sum(plan.blobs.map((digest) => cache.memcache.blobs.size(digest) ?? 0));
      return { dryRun: true, ...report, freed, size: size - freed, failed: 0 };
    }
    await store.expirePartials(PARTIALS_EXPIRE_MS);
    this.#freed += sum(leftovers.partials.map((partial) => partial.size));
    await this.#removeBlobs([...leftovers.blobs.keys()], this.#ago(LEFT_MS));
    const changed = await this.#removeManifests(plan.removals);
    const gone = plan.images.filter(({ image }) => changed.has(image.entry.digest));
    // Another server may have stored a manifest in the meantime that names some of the blobs.
    await cache.index.learnManifests();
    await this.#removeBlobs(plan.blobs, this.#goal.spareSince);
    this.#tell(gone, report.leftovers);
    return {
      ...{ dryRun: false, ...report, images: gone.map(prunedImage), freed: this.#freed },
      ...{ size: size - this.#freed, failed: this.#failed },
    };
  }

  async #leftovers(turns: Turns): Promise<Leftovers> {
    const { store, cache } = this.#parts;
    const { blobs } = cache.memcache;
    const partials = await store.partials();
    const partial = new Set(partials.map(({ digest }) => digest));
    const found = new Map<Digest, number>();
    const look = async (digests: Iterable<Digest>): Promise<void> => {
      for await (const digest of unhurried(digests, turns)) {
        const size = blobs.size(digest);
        if (this.#isNeeded(digest) || (size === undefined && partial.has(digest))) continue;
        const written = await store.blobWritten(digest);
        if (written !== undefined && written < this.#ago(LEFT_MS)) found.set(digest, size ?? 0);
      }
    };
    await look(blobs.digests());
    // Some records have lost their blobs.
    await look(await store.linkDigests());
    const expired = partials.filter(({ modified }) => modified < this.#ago(PARTIALS_EXPIRE_MS));
    return {
      blobs: found,
      partials: expired,
      bytes: sum(found.values()) + sum(expired.map((partial) => partial.size)),
    };
  }

  /** @returns the manifests of which something went */
  async #removeManifests(steps: readonly (readonly Removal[])[]): Promise<ReadonlySet<Digest>> {
    const changed = new Set<Digest>();
    for (const step of steps) {
      for await (const batch of inParallel(step, WIDTH, (removal) => this.#removeManifest(removal)))
        for (const digest of batch) if (digest !== undefined) changed.add(digest);
    }
    return changed;
  }

  async #removeManifest(removal: Removal): Promise<Digest | undefined> {
    const { cache } = this.#parts;
    const { manifests } = cache.memcache;
    const { digest } = removal.entry;
    const removed = await this.#attempt(digest, () =>
      cache.changeManifest(removal.entry, (holder) => {
        const { spareSince } = this.#goal;
        const current = manifests.get(digest);
        const isSpared =
          spareSince !== undefined &&
          current !== undefined &&
          cache.pulledAt(current) > spareSince.toISOString();
        return isSpared ? holder : withoutLost(holder, removal, manifests);
      }),
    );
    return removed === true ? digest : undefined;
  }

  async #removeBlobs(digests: readonly Digest[], before: Date | undefined): Promise<void> {
    const { cache } = this.#parts;
    const remove = (digest: Digest): Promise<number | undefined> =>
      this.#attempt(digest, () =>
        cache.removeBlob(
          digest,
          (written) => !this.#isNeeded(digest) && (before === undefined || written < before),
        ),
      );
    for await (const batch of inParallel(digests, WIDTH, remove))
      this.#freed += batch.reduce<number>((freed, bytes) => freed + (bytes ?? 0), 0);
  }

  /** What one of them cannot do is no reason to leave the others. */
  async #attempt<T>(digest: Digest, remove: () => Promise<T>): Promise<T | undefined> {
    this.#right?.signal?.throwIfAborted();
    await this.#right?.lease.confirm();
    try {
      return await remove();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#failed += 1;
      this.#parts.log.error('it cannot be pruned', { digest, error });
      return undefined;
    }
  }

  #isNeeded(digest: Digest): boolean {
    const { cache, isFilling } = this.#parts;
    return cache.memcache.manifests.parents(digest).size > 0 || isFilling(digest);
  }

  #ago(ms: number): Date {
    return new Date(this.#began - ms);
  }

  #tell(gone: readonly PlannedImage[], leftovers: PruneReport['leftovers']): void {
    const { log } = this.#parts;
    for (const { image, freed } of gone)
      log.info('image pruned', { image: image.name, pulled: image.pulled, freed });
    if (leftovers.blobs + leftovers.partials > 0) log.info('leftovers pruned', leftovers);
  }
}

function prunedImage({ image: { name, entry, pulled }, freed }: PlannedImage): PrunedImage {
  const wasPulled = entry.lastPulled !== undefined || pulled !== entry.created;
  return {
    ...{ image: name, digest: entry.digest, created: entry.created },
    ...(wasPulled && { lastPulled: pulled }),
    freed,
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
