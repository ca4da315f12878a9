// The pruner: keeps the disk bounded by itself, by evicting what was least recently pulled.
import type { Config } from '../config/config.ts';
import { shareOf } from '../config/size.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import { OciError } from '../oci/errors.ts';
import { LeaseTaken } from '../serialize/lease.ts';
import { isAirGapped } from './policy.ts';
import { prune, pruneTowards } from './prune.ts';
import type { PruneGoal, PruneOptions, PruneParts, PruneReport } from './prune.ts';
import type { Candidate } from './prune-plan.ts';

export interface PrunerParts extends PruneParts {
  /** Read at each look; a reload replaces it. */
  readonly live: { readonly config: Config };
}

/** What has gone since the start. */
export interface Evictions {
  readonly images: number;
  readonly bytes: number;
}

/** Eviction begins above `max_size` and ends at this part of it, so that it is not needed again at once. */
const LOW_WATER = 0.9;
/** In the same way more than `min_free` is freed. */
const FREE_WATER = 1.1;
/** A client that has just been given a manifest is about to ask for its layers. */
const RECENT_MS = 10 * 60_000;
/** Until the next prune, however often the disk complains; longer where the last one found nothing to take. */
const REST_MS = 5000;
const FRUITLESS_REST_MS = 60_000;
/** Ages change slowly: looking through all images for them is not worth it more often. */
const AGE_LOOK_MS = 3600_000;
const PATIENCE_MS = 30_000;

export class Pruner {
  readonly #parts: PrunerParts;
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #soon: NodeJS.Timeout | undefined;
  /** Before that, by `performance.now()`, nothing triggers a prune. */
  #restUntil = -Infinity;
  #agesLookedAt = -Infinity;
  #running: Promise<void> = Promise.resolve();
  /** Whether a look waits for what is under way. */
  #waiting = false;
  readonly #asked = new Set<Promise<PruneReport>>();
  #evictions: Evictions = { images: 0, bytes: 0 };

  constructor(parts: PrunerParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#look(), parts.live.config.pruneIntervalMs).unref();
  }

  get evictions(): Evictions {
    return this.#evictions;
  }

  /**
   * Prunes by what was asked for, whatever the configuration says. The lease keeps it and the pruner's own apart.
   * @throws {LeaseTaken}
   */
  async prune(options: PruneOptions, signal?: AbortSignal): Promise<PruneReport> {
    const signals = signal === undefined ? [this.#stop.signal] : [this.#stop.signal, signal];
    const running = prune(this.#parts, options, AbortSignal.any(signals));
    this.#asked.add(running);
    try {
      return this.#counted(await running);
    } finally {
      this.#asked.delete(running);
    }
  }

  /** Something was cached. */
  grown(): void {
    const { live, cache } = this.#parts;
    if (cache.memcache.blobs.bytes > (live.config.maxSize ?? Infinity)) this.trigger();
  }

  /** Looks at once, or as soon as the last prune is long enough ago: the disk has refused something. */
  trigger(): void {
    if (this.#stop.signal.aborted) return;
    this.#soon ??= setTimeout(
      () => {
        this.#soon = undefined;
        this.#look();
      },
      Math.max(0, this.#restUntil - performance.now()),
    ).unref();
  }

  /** What is under way ends with the image at hand. */
  async stop(): Promise<void> {
    this.#stop.abort(new OciError('UNAVAILABLE', 'the server is stopping; what was pruned by then is gone'));
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    await Promise.allSettled([this.#running, ...this.#asked]);
  }

  #look(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#running = this.#running.then(async () => {
      this.#waiting = false;
      if (!this.#stop.signal.aborted) await this.#keepBounded();
    });
  }

  async #keepBounded(): Promise<void> {
    const { log } = this.#parts;
    try {
      for (const goal of [this.#ofAge(), await this.#ofRoom()])
        if (goal !== undefined) await this.#evict(goal);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      if (error instanceof LeaseTaken) log.info('the cache is not pruned now', { why: error.message });
      else log.error('the cache cannot be pruned', { error });
    }
  }

  async #evict(goal: PruneGoal): Promise<void> {
    const run = { patienceMs: PATIENCE_MS, signal: this.#stop.signal };
    const { freed } = this.#counted(await pruneTowards(this.#parts, goal, run));
    this.#restUntil = performance.now() + (freed > 0 ? REST_MS : FRUITLESS_REST_MS);
    if ((await this.#ofRoom()) !== undefined)
      this.#parts.log.warn('the cache takes more room than it may, and nothing else can be evicted now', {
        hint: 'pinned images, those of air-gapped registries, and those that were pulled a moment ago stay',
      });
  }

  /** Undefined where there is room, or nothing may be taken. */
  async #ofRoom(): Promise<PruneGoal | undefined> {
    const { live, store, cache } = this.#parts;
    const { airGapped, maxSize = Infinity, minFree } = live.config;
    if (airGapped) return undefined;
    const { free, total } = await store.space();
    const partials = (await store.partials()).reduce((bytes, { size }) => bytes + size, 0);
    const wanted = shareOf(minFree, total);
    const short = free < wanted ? wanted * FREE_WATER - free : 0;
    if (short === 0 && cache.memcache.blobs.bytes + partials <= maxSize) return undefined;
    return {
      ...this.#gently(() => true),
      bytesToFree: (size) => Math.max(short, size > maxSize ? size - maxSize * LOW_WATER : 0),
    };
  }

  #ofAge(): PruneGoal | undefined {
    const { live, clock } = this.#parts;
    const { airGapped, notPulledForMs } = live.config;
    if (airGapped || notPulledForMs === undefined) return undefined;
    const now = clock().getTime();
    if (Math.abs(now - this.#agesLookedAt) < Math.min(AGE_LOOK_MS, notPulledForMs)) return undefined;
    this.#agesLookedAt = now;
    const before = new Date(now - notPulledForMs).toISOString();
    return this.#gently(({ pulled }) => pulled < before);
  }

  /** Nobody has asked for it: what is in use, or cannot be fetched again, is left alone. */
  #gently(fits: (image: Candidate) => boolean): PruneGoal {
    const { live, clock, isFilling } = this.#parts;
    const spareSince = new Date(clock().getTime() - RECENT_MS);
    const recent = spareSince.toISOString();
    return {
      spareSince,
      fits: (image) => {
        const [registry, repository] = splitRepositoryId(image.repository);
        return (
          image.pulled < recent &&
          !isAirGapped(live.config, { registry, repository }) &&
          fits(image) &&
          !image.blobs.values().some(isFilling)
        );
      },
    };
  }

  #counted(report: PruneReport): PruneReport {
    if (report.dryRun) return report;
    const { images, bytes } = this.#evictions;
    this.#evictions = { images: images + report.images.length, bytes: bytes + report.freed };
    return report;
  }
}
