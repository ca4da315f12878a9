// The scrub: in the background, and slowly, everything that is stored is read and hashed once in an interval.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log/log.ts';
import { byCodeUnits } from '../oci/code-units.ts';
import type { Digest } from '../oci/digest.ts';
import type { ScrubState } from '../serialize/scrub-file.ts';
import type { Store } from '../serialize/store.ts';
import { sorted, unhurried } from '../thread/turns.ts';
import { BlobExaminer } from './blob-examiner.ts';
import type { ContentCache } from './content-cache.ts';
import type { Fills } from './fills.ts';
import type { Repair } from './repair.ts';
import { settledWithin } from './settled-within.ts';

export interface ScrubParts {
  readonly store: Store;
  readonly cache: ContentCache;
  readonly fills: Pick<Fills, 'quiet'>;
  readonly repair: Pick<Repair, 'blob' | 'manifest'>;
  readonly clock: () => Date;
  readonly log: Log;
}

export interface ScrubTimes {
  /** Milliseconds from the beginning of one round to that of the next. */
  readonly intervalMs: number;
  /** Bytes a second, at the most. */
  readonly rate: number;
}

/** Since the start, and when a round last came to its end. */
export interface ScrubStatus {
  readonly bytes: number;
  readonly damaged: number;
  readonly repaired: number;
  readonly completed: Date | undefined;
}

/** How long clients' own downloads hold it up, at the most, before each blob. */
const YIELD_MS = 30_000;
/** After a failure of its own, such as a disk that cannot be listed. */
const RETRY_MS = 60_000;
/** How much work a restart may do again. */
const SAVE_MS = 10_000;
/** What is due is slept off in steps of no less: timers are coarse. */
const PACE_MS = 10;
/** Timers hold no more than 24 days, and clocks jump. */
const LONGEST_SLEEP_MS = 3_600_000;

export class Scrub {
  readonly #parts: ScrubParts;
  readonly #times: ScrubTimes;
  readonly #stop = new AbortController();
  readonly #examiner: BlobExaminer;
  readonly #running: Promise<void>;
  readonly #status = { bytes: 0, damaged: 0, repaired: 0, completed: undefined as Date | undefined };
  #state: ScrubState | undefined;
  #saved = performance.now();
  /** By the monotonic clock, when the bytes that were read so far may have been read at the soonest. */
  #paid = performance.now();

  constructor(parts: ScrubParts, times: ScrubTimes) {
    this.#parts = parts;
    this.#times = times;
    this.#examiner = new BlobExaminer({
      store: parts.store,
      memcache: parts.cache.memcache,
      pace: (bytes) => this.#pace(bytes),
    });
    this.#running = this.#run();
  }

  get status(): ScrubStatus {
    return this.#status;
  }

  /** Stops, and notes where. It may be waiting for fills, which are to be stopped at the same time. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    this.#state = await this.#parts.store.scrubRead();
    this.#status.completed =
      this.#state?.completed === undefined ? undefined : new Date(this.#state.completed);
    while (!this.#stop.signal.aborted) {
      try {
        await this.#sleep(Math.min(this.#untilNext(), LONGEST_SLEEP_MS));
        if (this.#untilNext() === 0) await this.#round();
      } catch (error) {
        await this.#interrupted(error);
      }
    }
    if (this.#state?.round !== undefined) await this.#save();
  }

  async #interrupted(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#parts.log.error('the scrub was interrupted; it goes on in a minute', { error });
    await this.#sleep(RETRY_MS).catch(() => undefined);
  }

  /** Milliseconds; 0 while a round is under way, and where the clock was set back behind its beginning. */
  #untilNext(): number {
    if (this.#state === undefined || this.#state.round !== undefined) return 0;
    const age = this.#parts.clock().getTime() - Date.parse(this.#state.begun);
    return age < 0 ? 0 : Math.max(0, this.#times.intervalMs - age);
  }

  /** One round, from where the last one was interrupted, or from the beginning. */
  async #round(): Promise<void> {
    const { cache, clock, log } = this.#parts;
    const latest = this.#state;
    const begun = latest?.round === undefined ? clock().toISOString() : latest.begun;
    const round = latest?.round ?? {};
    const noted = { version: 1, begun, ...this.#completed() } as const;
    this.#state = { ...noted, round };
    await this.#save();
    log.info('the scrub reads all that is stored', { begun, ...round });
    for (const digest of [...cache.memcache.manifests.values()].map((entry) => entry.digest)) {
      this.#stop.signal.throwIfAborted();
      await this.#manifest(digest);
    }
    for (const digest of await this.#blobsAfter(round.position)) {
      await settledWithin(this.#parts.fills.quiet(), YIELD_MS);
      this.#stop.signal.throwIfAborted();
      await this.#blob(digest);
      this.#state = { ...noted, round: { position: digest } };
      if (performance.now() - this.#saved > SAVE_MS) await this.#save();
    }
    this.#status.completed = clock();
    this.#state = { version: 1, begun, ...this.#completed() };
    await this.#save();
    log.info('the scrub has read all that is stored', { ...this.#status });
  }

  #completed(): Pick<ScrubState, 'completed'> {
    const { completed } = this.#status;
    return completed === undefined ? {} : { completed: completed.toISOString() };
  }

  /** From the disk, since memory need not know what other processes have brought in. */
  async #blobsAfter(position: Digest | undefined): Promise<readonly Digest[]> {
    const after: Digest[] = [];
    for await (const digest of unhurried(await this.#parts.store.blobDigests()))
      if (position === undefined || digest > position) after.push(digest);
    return await sorted(after, byCodeUnits);
  }

  async #manifest(digest: Digest): Promise<void> {
    const { store, cache, repair } = this.#parts;
    const entry = cache.memcache.manifests.get(digest);
    if (entry === undefined) return;
    const condition = await store.holderExamine(digest);
    await this.#pace(entry.size);
    // What is missing, somebody has taken away.
    if (condition !== 'damaged') return;
    this.#status.damaged += 1;
    if (await repair.manifest(entry)) this.#status.repaired += 1;
  }

  async #blob(digest: Digest): Promise<void> {
    const { log, repair } = this.#parts;
    const verdict = await this.#examiner.examine(digest);
    if (verdict === undefined || verdict.flaw === 'missing') return;
    this.#status.damaged += 1;
    log.error('the scrub has found a damaged blob', { digest, ...verdict });
    if (verdict.setAside === true && (await repair.blob(digest))) this.#status.repaired += 1;
  }

  async #pace(bytes: number): Promise<void> {
    const now = performance.now();
    this.#status.bytes += bytes;
    this.#paid = Math.max(this.#paid, now) + (bytes / this.#times.rate) * 1000;
    if (this.#paid - now > PACE_MS) await this.#sleep(this.#paid - now);
  }

  async #sleep(ms: number): Promise<void> {
    this.#stop.signal.throwIfAborted();
    if (ms > 0) await sleep(ms, undefined, { signal: this.#stop.signal, ref: false });
  }

  /** A disk that takes nothing costs work that is done again, no more. */
  async #save(): Promise<void> {
    this.#saved = performance.now();
    if (this.#state === undefined) return;
    await this.#parts.store.scrubWrite(this.#state).catch((error: unknown) => {
      this.#parts.log.warn('how far the scrub has come could not be noted', { error });
    });
  }
}
