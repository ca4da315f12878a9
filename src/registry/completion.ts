// Completion: what clients did not ask for of the images they pulled is fetched behind them, so that a node that
// has nothing can pull the image whole when the upstream is gone.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import { whyDenied } from '../upstream/registry-policy.ts';
import type { BlobPulls } from './blob-pulls.ts';
import { missingBlobs } from './completeness.ts';
import type { EngineParts } from './engine-parts.ts';
import { entryFor, isAirGapped } from './policy.ts';
import { settledWithin } from './settled-within.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

interface Job {
  readonly target: Target;
  readonly digest: Digest;
  attempts: number;
}

/** How long clients' own downloads hold completion up, at the most. */
const YIELD_MS = 30_000;
const RETRY_FIRST_MS = 5_000;
const RETRY_MOST_MS = 3_600_000;

export class Completion {
  readonly #parts: EngineParts;
  readonly #blobs: BlobPulls;
  /** All that is not complete yet, by repository and digest; of these, `#ready` waits for a worker. */
  readonly #jobs = new Map<string, Job>();
  readonly #ready: Job[] = [];
  readonly #retries = new Set<NodeJS.Timeout>();
  readonly #workers = new Set<Promise<void>>();
  #stopped = false;

  constructor(parts: EngineParts, blobs: BlobPulls) {
    this.#parts = parts;
    this.#blobs = blobs;
  }

  /** Images that wait for blobs, or for another try. */
  get pending(): number {
    return this.#jobs.size;
  }

  /** Takes up what a restart interrupted: which images lack blobs can be told from the cache alone. */
  resume(): void {
    for (const entry of this.#parts.cache.memcache.manifests.values()) {
      for (const id of entry.references.keys()) {
        const [registry, repository] = splitRepositoryId(id);
        this.consider({ registry, repository }, entry);
      }
    }
  }

  /** Queues an image manifest whose blobs are not all there. */
  consider(target: Target, entry: ManifestEntry): void {
    if (this.#stopped || !this.#mayFetch(target)) return;
    const key = `${targetId(target)}@${entry.digest}`;
    if (this.#jobs.has(key) || this.#missing(target, entry.digest).length === 0) return;
    const job: Job = { target, digest: entry.digest, attempts: 0 };
    this.#jobs.set(key, job);
    this.#enqueue(job);
  }

  /** Begins nothing any more: a restart takes up what is left. */
  halt(): void {
    this.#stopped = true;
    for (const timer of this.#retries) clearTimeout(timer);
  }

  /** Call it after the fills were stopped. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.all(this.#workers);
  }

  #mayFetch(target: Target): boolean {
    const { config } = this.#parts;
    const wanted = entryFor(config, target).complete ?? config.complete;
    return wanted && !isAirGapped(config, target) && whyDenied(config, target.registry) === undefined;
  }

  #missing(target: Target, digest: Digest): readonly Digest[] {
    const { memcache } = this.#parts.cache;
    const entry = memcache.manifests.get(digest);
    return entry === undefined ? [] : missingBlobs(memcache, entry, targetId(target));
  }

  #enqueue(job: Job): void {
    this.#ready.push(job);
    if (this.#workers.size >= this.#parts.config.concurrent) return;
    const worker = this.#work().finally(() => this.#workers.delete(worker));
    this.#workers.add(worker);
  }

  async #work(): Promise<void> {
    for (let job = this.#ready.shift(); job !== undefined && !this.#stopped; job = this.#ready.shift()) {
      const key = `${targetId(job.target)}@${job.digest}`;
      const failure = await this.#complete(job).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      if (this.#missing(job.target, job.digest).length === 0) {
        this.#jobs.delete(key);
        this.#parts.log.info('image complete', { repository: targetId(job.target), digest: job.digest });
      } else if (!this.#mayFetch(job.target)) {
        // A reload has closed the registry; one that opens it again considers all images anew.
        this.#jobs.delete(key);
      } else {
        this.#retryLater(job, failure);
      }
    }
  }

  async #complete(job: Job): Promise<void> {
    const { fills, cache, misses } = this.#parts;
    for (const digest of this.#missing(job.target, job.digest)) {
      await settledWithin(fills.quiet(), YIELD_MS);
      if (this.#stopped || !this.#mayFetch(job.target)) return;
      const cached = (await cache.blobSize(digest)) !== undefined;
      if (cached || fills.get(digest) !== undefined) {
        // Somebody else's blob, or somebody's download: what is wanted is our registry's word for it.
        await this.#blobs.head(job.target, digest);
        await fills.get(digest)?.fill.ended;
      } else {
        const size = await fills.start(job.target, digest, 'background').fill.ended;
        if (size !== undefined) misses.fetched('blob', job.target, digest);
      }
    }
  }

  #retryLater(job: Job, failure: string | undefined): void {
    if (this.#stopped) return;
    const delay = Math.min(RETRY_MOST_MS, RETRY_FIRST_MS * 2 ** job.attempts);
    job.attempts += 1;
    this.#parts.log.warn('an image is not complete yet', {
      repository: targetId(job.target),
      digest: job.digest,
      retryInMs: delay,
      ...(failure !== undefined && { error: failure }),
    });
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      this.#enqueue(job);
    }, delay);
    this.#retries.add(timer.unref());
  }
}
