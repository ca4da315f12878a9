// Blobs: from the cache, or joined to a fill and streamed while it is cached.
import type { Digest } from '../oci/digest.ts';
import type { ByteRange } from '../oci/range.ts';
import { OciError } from '../oci/errors.ts';
import { StoreError } from '../serialize/errors.ts';
import { MemoryBlob } from '../serialize/memory-blob.ts';
import type { BlobFile } from '../serialize/store.ts';
import {
  AirGapped,
  LostInAirGap,
  confirmed,
  isLinked,
  isLinkedByNow,
  isPublic,
  isWantOfUpstream,
} from './access.ts';
import type { BlobAnswer, BlobHeadAnswer } from './answers.ts';
import { directRange } from './direct-range.ts';
import type { EngineParts } from './engine-parts.ts';
import { isAirGapped, noProgressMs } from './policy.ts';
import type { RunningFill } from './fills.ts';
import { survivingDisk } from './surviving-disk.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';
import { translate } from './translate.ts';
import { UncachedBlob } from './uncached-blob.ts';

/** A range that begins at most so many bytes ahead of a fill waits for it. */
const NEAR = 16 * 1024 * 1024;

const nothingFarther = (): Promise<undefined> => Promise.resolve(undefined);

function cachedAnswer(file: BlobFile): BlobAnswer {
  return { file, size: file.size, outcome: 'hit', far: nothingFarther };
}

export class BlobPulls {
  readonly #parts: EngineParts;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  /** The bytes that can be answered without the disk and the upstream; `get` begins with them. */
  hit(target: Target, digest: Digest): Buffer | undefined {
    const { memcache } = this.#parts.cache;
    const bytes = memcache.blobs.content(digest);
    return bytes && isLinked(memcache, targetId(target), digest) ? bytes : undefined;
  }

  /** As {@link hit}, for `head`, and for blobs of any size. */
  headHit(target: Target, digest: Digest): BlobHeadAnswer | undefined {
    const { memcache } = this.#parts.cache;
    const size = memcache.blobs.size(digest);
    if (size === undefined || !isLinked(memcache, targetId(target), digest)) return undefined;
    return { size, outcome: 'hit' };
  }

  /** @throws {OciError} */
  async head(target: Target, digest: Digest): Promise<BlobHeadAnswer> {
    const hit = this.headHit(target, digest);
    if (hit !== undefined) return hit;
    return this.#translated(target, digest, async () => {
      const size = await this.#parts.cache.blobSize(digest);
      if (size !== undefined) {
        await this.#authorizeCached(target, digest);
        return { size, outcome: 'hit' };
      }
      this.#refuseAirGapped(target, digest);
      const running = this.#parts.fills.get(digest);
      if (running !== undefined) {
        await this.#confirmFor(target, running);
        return { size: await running.fill.size(), outcome: 'joined' };
      }
      return { size: await this.#upstreamSize(target, digest), outcome: 'miss' };
    });
  }

  /** @throws {OciError} */
  async get(target: Target, digest: Digest): Promise<BlobAnswer> {
    const bytes = this.hit(target, digest);
    if (bytes !== undefined) return cachedAnswer(new MemoryBlob(bytes));
    return this.#translated(target, digest, async () => {
      for (;;) {
        // A fill that ended while we looked has left the blob in the cache.
        const answer = (await this.#cached(target, digest)) ?? (await this.#filled(target, digest));
        if (answer !== undefined) return answer;
      }
    });
  }

  async #cached(target: Target, digest: Digest): Promise<BlobAnswer | undefined> {
    const size = await this.#parts.cache.blobSize(digest);
    if (size === undefined) return undefined;
    await this.#authorizeCached(target, digest);
    const file = await this.#parts.cache.openBlob(digest);
    return file && cachedAnswer(file);
  }

  async #filled(target: Target, digest: Digest): Promise<BlobAnswer | undefined> {
    this.#refuseAirGapped(target, digest);
    const { fills } = this.#parts;
    const other = fills.get(digest);
    if (other !== undefined) {
      await this.#confirmFor(target, other);
      try {
        return await this.#opened(target, other, 'joined');
      } catch (error) {
        // Another repository's failure is not ours: ask our own registry. Nor is the disk's.
        const ours = targetId(other.source) === targetId(target);
        if (ours && !(error instanceof StoreError)) throw error;
        await other.fill.ended;
      }
    }
    try {
      return await this.#opened(target, fills.get(digest) ?? fills.start(target, digest), 'miss');
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const file = await this.#uncached(target, digest);
      return { file, size: file.size, outcome: 'direct', far: nothingFarther };
    }
  }

  async #opened(
    target: Target,
    { fill }: RunningFill,
    outcome: 'miss' | 'joined',
  ): Promise<BlobAnswer | undefined> {
    const file = await fill.reader();
    if (file === undefined) {
      await fill.ended;
      return undefined;
    }
    return {
      file: survivingDisk(file, () => this.#uncached(target, fill.digest)),
      size: file.size,
      outcome,
      far: async (range) =>
        range.start - fill.position > NEAR ? this.#direct(target, fill.digest, range, file.size) : undefined,
    };
  }

  /** What the disk cannot take goes to the client all the same. */
  async #uncached(target: Target, digest: Digest): Promise<BlobFile> {
    const { upstreams, config, log } = this.#parts;
    const size = await this.#upstreamSize(target, digest);
    log.warn('streaming a blob without caching it', { repository: targetId(target), digest });
    return new UncachedBlob({
      digest,
      size,
      open: (start) => upstreams.get(target).blobGet(target.repository, digest, { start }),
      noProgressMs: noProgressMs(config, target),
    });
  }

  /** Undefined when the upstream does not do ranges: then the fill has to come that far. */
  async #direct(
    target: Target,
    digest: Digest,
    range: ByteRange,
    size: number,
  ): Promise<BlobFile | undefined> {
    const upstream = this.#parts.upstreams.get(target);
    const stream = await upstream.blobGet(target.repository, digest, { start: range.start, end: range.end });
    if (stream.start === range.start) return directRange(stream, size);
    stream.body.cancel();
    return undefined;
  }

  async #upstreamSize(target: Target, digest: Digest): Promise<number> {
    const { upstreams, cache } = this.#parts;
    const { size, anonymous } = await upstreams.get(target).blobHead(target.repository, digest);
    cache.memcache.blobs.link(digest, anonymous, [targetId(target)]);
    const known = cache.expectedSize(digest, targetId(target)) ?? size;
    if (known !== undefined) return known;
    throw new OciError('UNAVAILABLE', `${target.registry} does not say how long ${digest} is`, {
      status: 502,
    });
  }

  async #authorizeCached(target: Target, digest: Digest): Promise<void> {
    const { cache, misses } = this.#parts;
    if (await isLinkedByNow(cache, targetId(target), digest)) return;
    const fetched = await this.#confirm(target, digest, isPublic(cache.memcache, digest));
    if (fetched) misses.fetched('blob', target, digest);
  }

  /** A download under way is no exception: who did not start it must be confirmed to have the blob. */
  async #confirmFor(target: Target, { fill, confirmed }: RunningFill): Promise<void> {
    if (confirmed.has(targetId(target))) return;
    await this.#confirm(target, fill.digest, fill.anonymous);
    confirmed.add(targetId(target));
  }

  /** Asks the target's registry whether it has the blob, and records that it does; see {@link confirmed}. */
  #confirm(target: Target, digest: Digest, isPublicContent: boolean): Promise<boolean> {
    const { upstreams, cache, config } = this.#parts;
    return confirmed(target, digest, {
      confirm: async () => {
        this.#refuseAirGapped(target, digest);
        const { anonymous } = await upstreams.get(target).blobHead(target.repository, digest);
        await cache.linkBlob(targetId(target), digest, anonymous);
      },
      absent: 'BLOB_UNKNOWN',
      lenient: config.linkCheck === 'public' && isPublicContent,
    });
  }

  #refuseAirGapped(target: Target, digest: Digest): void {
    const { config, cache } = this.#parts;
    if (!isAirGapped(config, target)) return;
    // What this repository could be served now, were it here, has been here.
    if (isLinked(cache.memcache, targetId(target), digest)) throw new LostInAirGap(target, `@${digest}`);
    throw new AirGapped(target, `@${digest}`, 'BLOB_UNKNOWN');
  }

  async #translated<T extends BlobHeadAnswer>(
    target: Target,
    digest: Digest,
    work: () => Promise<T>,
  ): Promise<T> {
    const { misses } = this.#parts;
    try {
      const answer = await work();
      if (answer.outcome !== 'hit') misses.fetched('blob', target, digest);
      return answer;
    } catch (error) {
      if (isWantOfUpstream(error)) misses.refused('blob', target, digest);
      throw translate(error, target.registry, 'BLOB_UNKNOWN');
    }
  }
}
