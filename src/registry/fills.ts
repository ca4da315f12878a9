// The fills that are running: one per digest, whatever the number of clients.
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Store } from '../serialize/store.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import type { FillActivity } from './activity.ts';
import type { ContentCache } from './content-cache.ts';
import { Fill } from './fill.ts';
import { noProgressMs } from './policy.ts';
import { Slots } from './slots.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

/** Who wants it: completion gives way to clients. */
export type FillFor = 'client' | 'background';

export interface RunningFill {
  readonly fill: Fill;
  readonly wantedBy: FillFor;
  readonly source: Target;
  /** Grows while the fill runs, as more repositories are confirmed to have the blob. */
  readonly confirmed: Set<RepositoryId>;
}

export interface FillsParts {
  /** Read when a fill starts; a reload replaces it. */
  readonly live: { readonly config: Config };
  readonly store: Store;
  readonly cache: ContentCache;
  readonly upstreams: Upstreams;
  readonly log: Log;
  /** Told whenever a blob has been cached. */
  readonly onCached: () => void;
  /** Told when the disk has not taken a blob. */
  readonly diskFailed: () => void;
}

const QUEUE_MS = 20_000;
const MAX_QUEUED = 1000;
/** Runtimes cancel a pull after one to five minutes without a byte. */
const STALL_MS = 45_000;

export class Fills {
  readonly #parts: FillsParts;
  readonly #running = new Map<Digest, RunningFill>();
  readonly #slots: Slots;
  readonly #ended = { cached: 0, failed: 0, resumes: 0 };
  #refusing = false;

  constructor(parts: FillsParts) {
    this.#parts = parts;
    this.#slots = new Slots({ size: parts.live.config.maxFills, waitMs: QUEUE_MS, maxWaiting: MAX_QUEUED });
  }

  get activity(): FillActivity {
    const fills = Array.from(this.#running.values(), ({ fill }) => fill);
    const { cached, failed, resumes } = this.#ended;
    return {
      running: fills.length - this.#slots.waiting,
      queued: this.#slots.waiting,
      readers: fills.reduce((sum, { readers }) => sum + readers, 0),
      cached,
      failed,
      resumes: fills.reduce((sum, { breaks }) => sum + breaks, resumes),
    };
  }

  get(digest: Digest): RunningFill | undefined {
    return this.#running.get(digest);
  }

  /**
   * Starts to download a blob from the target's registry. It goes on whether or not anybody reads it.
   * @throws {OciError} when none begin any more
   */
  start(target: Target, digest: Digest, wantedBy: FillFor = 'client'): RunningFill {
    if (this.#refusing) {
      throw new OciError(
        'UNAVAILABLE',
        'this server is stopping; ask again, for another may have its place',
        {
          headers: { 'Retry-After': '1' },
        },
      );
    }
    const { store, cache, upstreams, live, log, diskFailed } = this.#parts;
    const confirmed = new Set([targetId(target)]);
    const fill = new Fill({
      store,
      digest,
      expectedSize: cache.expectedSize(digest, targetId(target)),
      // Asked for anew each time: after a reload, what breaks is taken up where the new configuration says.
      open: (start, signal) => upstreams.get(target).blobGet(target.repository, digest, { start, signal }),
      turn: () => this.#slots.take(),
      confirmed,
      noProgressMs: noProgressMs(live.config, target),
      stallMs: STALL_MS,
      log,
      diskFailed,
    });
    const running: RunningFill = { fill, wantedBy, source: target, confirmed };
    this.#running.set(digest, running);
    void fill.ended.then((committed) => {
      if (committed !== undefined) {
        cache.memcache.blobs.link(digest, fill.anonymous, confirmed);
        cache.memcache.blobs.put(digest, committed);
        log.info('blob cached', { digest, size: committed, from: targetId(target), breaks: fill.breaks });
      }
      this.#running.delete(digest);
      this.#ended[committed === undefined ? 'failed' : 'cached'] += 1;
      this.#ended.resumes += fill.breaks;
      if (committed !== undefined) this.#parts.onCached();
    });
    return running;
  }

  /** Waits until no client's download is running. */
  async quiet(): Promise<void> {
    for (;;) {
      const busy = [...this.#running.values()].find(({ wantedBy }) => wantedBy === 'client');
      if (busy === undefined) return;
      await busy.fill.ended;
    }
  }

  /** Starts none any more. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Stops all; what has come so far is kept for resuming. */
  async stop(): Promise<void> {
    this.refuse();
    await Promise.all([...this.#running.values()].map(({ fill }) => fill.stop()));
  }
}
