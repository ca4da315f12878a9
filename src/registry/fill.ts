// A fill: one download of one blob into the cache, with any number of readers at their own pace.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import { byteLength, chunksAfter } from '../serialize/chunks.ts';
import { DigestMismatch, StoreError } from '../serialize/errors.ts';
import type { LinkRecord } from '../serialize/link.ts';
import type { BlobFile, StagedBlob, Store } from '../serialize/store.ts';
import { UpstreamError } from '../upstream/errors.ts';
import type { BlobStream } from '../upstream/registry-reads.ts';
import { FillProgress } from './fill-progress.ts';
import { retryDelay } from './fill-retry.ts';

export interface FillParts {
  readonly store: Store;
  readonly digest: Digest;
  /** As a manifest of the repository says. */
  readonly expectedSize: number | undefined;
  /** Asks the upstream for the blob from a byte on. Called again after every break: tokens and signed URLs expire. */
  open(start: number, signal: AbortSignal): Promise<BlobStream>;
  /** Waits for its turn; returns what gives the turn back. */
  turn(): Promise<() => void>;
  /** `registry/repository` of those for whom the upstream has confirmed the blob. */
  readonly confirmed: ReadonlySet<string>;
  /** Milliseconds without progress after which the fill is given up, its partial kept. */
  readonly noProgressMs: number;
  /** Milliseconds without a byte after which waiting readers are reset; the fill goes on. */
  readonly stallMs: number;
  readonly log: Log;
  /** Told when the disk has not taken it. */
  readonly diskFailed: () => void;
}

/** Bytes at the end that no reader gets before the digest is verified: no client ever sees wrong bytes end cleanly. */
const WITHHELD = 64 * 1024;

export class Fill {
  readonly digest: Digest;
  readonly #parts: FillParts;
  readonly #progress: FillProgress;
  readonly #stop = new AbortController();
  /** The size of the blob once it is cached, or undefined when the fill came to nothing; never rejects. */
  readonly ended: Promise<number | undefined>;
  #staged: StagedBlob | undefined;
  #file: BlobFile | undefined;
  #readers = 0;
  #lastReaderGone: (() => void) | undefined;
  #over = false;
  #received = 0;
  #anonymous = false;
  #link: Promise<void> | undefined;
  #breaks = 0;

  constructor(parts: FillParts) {
    this.#parts = parts;
    this.digest = parts.digest;
    this.#progress = new FillProgress(WITHHELD, parts.stallMs);
    this.ended = this.#run();
  }

  /** Whether any of it came without credentials of ours: then it is public. */
  get anonymous(): boolean {
    return this.#anonymous;
  }

  /** Where the download stands, in bytes, verified or not. */
  get position(): number {
    return this.#staged?.size ?? 0;
  }

  /** Bytes that have come from the upstream; what an earlier attempt left is not among them. */
  get received(): number {
    return this.#received;
  }

  /** Clients that read it now. */
  get readers(): number {
    return this.#readers;
  }

  /** How often the upstream broke off and was resumed. */
  get breaks(): number {
    return this.#breaks;
  }

  /**
   * Opens a reader once there is something to read and the length is known: never 200 before the upstream was heard.
   * Undefined when the fill is over and the blob is to be had from the cache.
   * @throws what ended the fill, before its first byte
   */
  async reader(): Promise<BlobFile | undefined> {
    if (this.#over) {
      await this.#progress.begun();
      return undefined;
    }
    this.#readers += 1;
    let closed = false;
    const close = async (): Promise<void> => {
      if (closed) return;
      closed = true;
      this.#readers -= 1;
      if (this.#readers === 0) this.#lastReaderGone?.();
      await this.#release();
    };
    try {
      const size = await this.#progress.begun();
      return this.#growing(size, close);
    } catch (error) {
      await close();
      throw error;
    }
  }

  /** The whole length, as soon as the upstream has said it. */
  size(): Promise<number> {
    return this.#progress.begun();
  }

  /** Stops; what has come so far is kept for resuming. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  /** It as a file, for one reader who has seen nothing of it yet. */
  #growing(size: number, close: () => Promise<void>): BlobFile {
    const staged = this.#staged;
    const { round } = this.#progress;
    if (staged === undefined) throw new TypeError('it has begun without a file');
    const ready = async (position: number): Promise<number> => {
      const available = await this.#progress.after(position, round);
      return Math.max(0, Math.min(available, staged.size - position));
    };
    return {
      size,
      close,
      get fd() {
        return staged.fd;
      },
      ready,
      read: async (target, length, position) =>
        staged.read(target, Math.min(length, await ready(position)), position),
    };
  }

  async #run(): Promise<number | undefined> {
    let giveBack: (() => void) | undefined;
    try {
      giveBack = await this.#parts.turn();
      this.#staged = await this.#parts.store.blobStage(this.digest);
      const takenOver = this.#staged.size > 0;
      await this.#download(this.#staged);
      if (takenOver) await this.#startOverIfWrong(this.#staged);
      await this.#staged.verify();
      await this.#link;
      this.#progress.verified(this.#staged.size);
      this.#file = await this.#staged.commit(this.#record());
      return this.#file.size;
    } catch (error) {
      this.#progress.fail(error);
      if (error instanceof StoreError) this.#parts.diskFailed();
      giveBack?.();
      // A commit that failed, on a full disk say, takes nothing from those who read what is verified.
      if (this.#progress.isVerified) await this.#unread();
      await this.#abandon(error);
      return undefined;
    } finally {
      giveBack?.();
      this.#over = true;
      await this.#release();
    }
  }

  #record(): LinkRecord {
    return { digest: this.digest, anonymous: this.#anonymous, repositories: [...this.#parts.confirmed] };
  }

  /** While the bytes come, so that a blob that is whole when the server dies is known to be theirs. */
  async #writeLink(): Promise<void> {
    const failed = (error: unknown): void =>
      this.#parts.log.warn('a link could not be written yet', { error });
    await this.#parts.store.linkAdd(this.#record()).catch(failed);
  }

  /** Downloads to the end, going on at the byte where it broke as often as it takes. */
  async #download(staged: StagedBlob): Promise<void> {
    if (staged.size > 0)
      this.#parts.log.info('resuming a partial download', { digest: this.digest, from: staged.size });
    let fruitless = 0;
    let lastProgress = performance.now();
    for (;;) {
      const before = this.#received;
      try {
        if (await this.#attempt(staged)) return;
      } catch (error) {
        if (this.#stop.signal.aborted || !(error instanceof UpstreamError)) throw error;
        const progressed = this.#received > before;
        if (progressed) lastProgress = performance.now();
        fruitless = progressed ? 0 : fruitless + 1;
        const idle = performance.now() - lastProgress;
        const delay = retryDelay(error, {
          fruitless,
          begun: this.#received > 0,
          idle,
          noProgressMs: this.#parts.noProgressMs,
        });
        if (delay === undefined) throw error;
        this.#breaks += 1;
        this.#parts.log.warn('an upstream broke off; resuming', {
          digest: this.digest,
          at: staged.size,
          delay,
          error: error.message,
        });
        await sleep(delay, undefined, { signal: this.#stop.signal });
      }
    }
  }

  /** One request from where we stand; true when the blob is whole. */
  async #attempt(staged: StagedBlob): Promise<boolean> {
    const stream = await this.#parts.open(staged.size, this.#stop.signal).catch((error: unknown) => {
      if (staged.size > 0 && error instanceof UpstreamError && error.status === 416) return undefined;
      throw error;
    });
    // Nothing after our last byte: the partial may be the whole blob, which its digest will tell.
    if (stream === undefined) return this.#wholeOrNothing(staged);
    // The manifest knows better than a Content-Length that some box on the way has made up.
    const size = this.#parts.expectedSize ?? stream.size;
    try {
      this.#anonymous ||= stream.anonymous;
      this.#link ??= this.#writeLink();
      this.#progress.announce(size, staged.size);
      await this.#append(staged, stream, size);
    } catch (error) {
      stream.body.cancel();
      throw error;
    }
    if (size !== undefined && staged.size < size)
      throw broken(stream, `the body ended at byte ${staged.size} of ${size}`);
    return true;
  }

  async #wholeOrNothing(staged: StagedBlob): Promise<boolean> {
    if (await isRight(staged)) return true;
    await this.#startOver(staged);
    return false;
  }

  /** What an earlier process left may be wrong where what came now is right. */
  async #startOverIfWrong(staged: StagedBlob): Promise<void> {
    if (await isRight(staged)) return;
    await this.#startOver(staged);
    await this.#download(staged);
  }

  async #startOver(staged: StagedBlob): Promise<void> {
    this.#parts.log.warn('a partial download was wrong; starting over', { digest: this.digest });
    this.#progress.startOver();
    await staged.truncate();
  }

  async #append(staged: StagedBlob, stream: BlobStream, size: number | undefined): Promise<void> {
    // An upstream that does not do ranges starts over; what we have already is passed over.
    let skip = staged.size - stream.start;
    for (let batch = await stream.body.batch(); batch !== undefined; batch = await stream.body.batch()) {
      const length = byteLength(batch);
      const known = Math.min(skip, length);
      skip -= known;
      if (known === length) continue;
      if (size !== undefined && staged.size + length - known > size) {
        throw new UpstreamError('invalid', `the body is longer than ${size} bytes`, {
          method: 'GET',
          url: stream.url,
        });
      }
      await staged.write(...chunksAfter(batch, known));
      this.#received += length - known;
      this.#progress.advance(staged.size);
    }
  }

  async #abandon(error: unknown): Promise<void> {
    const { log } = this.#parts;
    try {
      if (error instanceof DigestMismatch) {
        log.error('an upstream sent wrong bytes; nothing is cached', {
          digest: this.digest,
          error: error.message,
        });
        await this.#staged?.discard();
      } else {
        log.warn('a download failed', { digest: this.digest, at: this.position, error: String(error) });
        await this.#staged?.suspend();
      }
    } catch (failure) {
      log.error('a partial download could not be put away', { digest: this.digest, error: String(failure) });
    }
  }

  #unread(): Promise<void> {
    return this.#readers === 0
      ? Promise.resolve()
      : new Promise((resolve) => (this.#lastReaderGone = resolve));
  }

  /** The file stays open for the readers that are still on it. */
  async #release(): Promise<void> {
    if (!this.#over || this.#readers > 0) return;
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

async function isRight(staged: StagedBlob): Promise<boolean> {
  try {
    await staged.verify();
    return true;
  } catch (error) {
    if (error instanceof DigestMismatch) return false;
    throw error;
  }
}

function broken({ url }: BlobStream, message: string): UpstreamError {
  return new UpstreamError('broken', message, { method: 'GET', url });
}
