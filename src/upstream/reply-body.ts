// A reply's body, piece by piece as it came: what has arrived is handed over even when the connection has broken since.
import type { Dispatcher } from 'undici';

type Controller = Dispatcher.DispatchController;

/** Bytes that wait for a slow reader before the connection is paused. */
const HIGH_WATER = 256 * 1024;

/** One reader. It must be read to its end or cancelled, or its connection is lost to the pool. */
export class ReplyBody {
  readonly #controller: Controller;
  readonly #translate: (error: unknown) => Error;
  readonly #chunks: Buffer[] = [];
  #buffered = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  /** @param translate what the connection throws, for those who read */
  constructor(controller: Controller, translate: (error: unknown) => Error) {
    this.#controller = controller;
    this.#translate = translate;
  }

  /**
   * The next piece, or undefined at the end.
   * @throws {UpstreamError} when the body broke off, after everything that came before
   */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#buffered -= chunk.length;
        if (this.#controller.paused && this.#buffered < HIGH_WATER / 2) this.#controller.resume();
        return chunk;
      }
      if (this.#error !== undefined) throw this.#error;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Gives the rest up, and the connection with it if there is a rest. */
  cancel(): void {
    this.#chunks.length = 0;
    if (!this.#ended && this.#error === undefined) this.#controller.abort(new Error('cancelled'));
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered >= HIGH_WATER) this.#controller.pause();
    this.#wake?.();
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#error = this.#translate(error);
    this.#wake?.();
  }
}
