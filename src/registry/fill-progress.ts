// How far a fill has come, and those who wait for more of it.
import { OciError } from '../oci/errors.ts';
import { runQueue } from '../thread/run-queue.ts';

type State = 'running' | 'verified' | 'failed';

export class FillProgress {
  readonly #withheld: number;
  readonly #stallMs: number;
  #state: State = 'running';
  #size: number | undefined;
  #written = 0;
  #error: unknown;
  #changed = newSignal();
  #round = 0;
  #stall: NodeJS.Timeout | undefined;

  /**
   * @param withheld bytes at the end that stay hidden until the digest is verified
   * @param stallMs milliseconds without a byte after which those who wait are turned away
   */
  constructor(withheld: number, stallMs: number) {
    this.#withheld = withheld;
    this.#stallMs = stallMs;
  }

  get isVerified(): boolean {
    return this.#state === 'verified';
  }

  /** The upstream has said how long the blob is, or nobody knows; so many bytes are there already. */
  announce(size: number | undefined, written: number): void {
    this.#size ??= size;
    this.advance(written);
  }

  advance(written: number): void {
    this.#written = written;
    this.#notify();
  }

  /** How often it was started over. */
  get round(): number {
    return this.#round;
  }

  /** What was there was wrong and is gone: who may have seen of it gets no more, for the rest would end well. */
  startOver(): void {
    this.#round += 1;
    this.advance(0);
  }

  /** The digest is right: everything may be seen. A length that was announced wrongly is a failure for who relied on it. */
  verified(size: number): void {
    if (this.#size !== undefined && this.#size !== size) {
      throw new OciError('SIZE_INVALID', `the blob has ${size} bytes where ${this.#size} were announced`, {
        status: 502,
      });
    }
    this.#size = size;
    this.#written = size;
    this.#state = 'verified';
    this.#notify();
    clearTimeout(this.#stall);
  }

  fail(error: unknown): void {
    // Readers of a verified blob have nothing to fear from a commit that fails.
    if (this.#state === 'verified') return;
    this.#state = 'failed';
    this.#error = error;
    this.#notify();
    clearTimeout(this.#stall);
  }

  /** Waits until the length is known and something can be seen; the length. */
  async begun(): Promise<number> {
    for (;;) {
      this.#throwIfFailed();
      if (this.#size !== undefined && (this.#visible() > 0 || this.#state === 'verified')) return this.#size;
      await this.#wait();
    }
  }

  /**
   * Waits until something can be seen after a position; how many bytes, 0 at the end.
   * @param round in which the bytes before it were seen
   */
  async after(position: number, round: number): Promise<number> {
    for (;;) {
      this.#throwIfFailed();
      if (round !== this.#round)
        throw new OciError('UNAVAILABLE', 'what was left of an earlier download was wrong; try again', {
          status: 503,
        });
      const available = this.#visible() - position;
      if (available > 0) return available;
      if (this.#state === 'verified') return 0;
      await this.#wait();
    }
  }

  #visible(): number {
    if (this.#state === 'verified') return this.#written;
    return Math.max(0, Math.min(this.#written, (this.#size ?? 0) - this.#withheld));
  }

  #throwIfFailed(): void {
    if (this.#state === 'failed') throw this.#error;
  }

  #notify(): void {
    this.#stall?.refresh();
    const changed = this.#changed;
    this.#changed = newSignal();
    changed.resolve();
  }

  async #wait(): Promise<void> {
    this.#stall ??= setTimeout(() => this.#turnAway(), this.#stallMs).unref();
    await runQueue.after(this.#changed.promise);
  }

  /** Runtimes give up silently after minutes without a byte, and resume by Range after a reset. */
  #turnAway(): void {
    this.#stall = undefined;
    const changed = this.#changed;
    this.#changed = newSignal();
    changed.reject(
      new OciError('UNAVAILABLE', `no byte came from the upstream for ${this.#stallMs} ms`, {
        status: 504,
      }),
    );
  }
}

function newSignal(): PromiseWithResolvers<void> {
  const signal = Promise.withResolvers<void>();
  signal.promise.catch(() => undefined); // nobody may be waiting
  return signal;
}
