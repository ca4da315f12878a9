// A reply's body, piece by piece as it came: what has arrived is handed over even when the connection has broken since.
import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;

/** Bytes that wait for a slow reader before the connection is paused. */
const HIGH_WATER = 512 * 1024;
/** So do so many pieces, however small: more than a file takes in one system call only cost. */
const MANY = 1024;

export interface ReplyBodyParts {
  readonly controller: Controller;
  /** What the connection throws, for those who read. */
  translate(error: unknown): Error;
  /** Lets go of bytes that were read: what comes next may be received into them. */
  release(chunk: Buffer): void;
}

/** One reader. It must be read to its end or cancelled, or its connection is lost to the pool. */
export class ReplyBody {
  readonly #parts: ReplyBodyParts;
  #chunks: Buffer[] = [];
  /** What `batch` gave out last. */
  #lent: readonly Buffer[] = [];
  #buffered = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(parts: ReplyBodyParts) {
    this.#parts = parts;
  }

  /**
   * The next piece, to keep, or undefined at the end.
   * @throws {UpstreamError} when the body broke off, after everything that came before
   */
  async next(): Promise<Buffer | undefined> {
    await this.#arrival();
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#took(chunk.length);
    return chunk;
  }

  /**
   * All that has come since the last call, or undefined at the end. It is good until the next call, when it is
   * received into anew: to read a long body this way takes no memory but what is under way.
   * @throws {UpstreamError} when the body broke off, after everything that came before
   */
  async batch(): Promise<readonly Buffer[] | undefined> {
    for (const chunk of this.#lent) this.#parts.release(chunk);
    this.#lent = [];
    await this.#arrival();
    if (this.#chunks.length === 0) return undefined;
    this.#lent = this.#chunks;
    this.#chunks = [];
    this.#took(this.#buffered);
    return this.#lent;
  }

  /** Gives the rest up, and the connection with it if there is a rest. */
  cancel(): void {
    this.#chunks.length = 0;
    if (!this.#ended && this.#error === undefined) this.#parts.controller.abort(new Error('cancelled'));
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered >= HIGH_WATER || this.#chunks.length >= MANY) this.#parts.controller.pause();
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#error = this.#parts.translate(error);
    this.#wake?.();
  }

  /** Waits for a piece or the end. */
  async #arrival(): Promise<void> {
    while (this.#chunks.length === 0 && !this.#ended) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  #took(bytes: number): void {
    this.#buffered -= bytes;
    const { controller } = this.#parts;
    if (controller.paused && this.#buffered < HIGH_WATER / 2 && this.#chunks.length < MANY / 2)
      controller.resume();
  }
}
