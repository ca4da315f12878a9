// Writes to a response one chunk at a time, and learns when there is nobody to write to any more.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export class ResponseWriter implements Disposable {
  readonly #outgoing: ServerResponse;
  #fail: (error: Error) => void = () => undefined;

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing;
    // Nobody calls back who was to write what the connection did not live to see.
    outgoing.once('close', this.#gone);
  }

  /** Null while the connection has an earlier response to finish. */
  get socket(): Socket | null {
    return this.#outgoing.socket;
  }

  /**
   * Writes, and waits until the kernel has taken it all.
   * @returns milliseconds that it waited for room; undefined when there was room for all of it
   * @throws {Error} when the client has gone
   */
  async write(chunk: Buffer): Promise<number | undefined> {
    if (this.#outgoing.destroyed) throw new Error('the client has gone');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#fail = reject;
    // Else Node corks by itself and writes a turn later. Headers and body go out together either way.
    this.#outgoing.cork();
    this.#outgoing.write(chunk, (error) => (error ? reject(error) : resolve()));
    this.#outgoing.uncork();
    const began = this.socket?.writableLength === 0 ? undefined : performance.now();
    await promise;
    return began && performance.now() - began;
  }

  [Symbol.dispose](): void {
    this.#outgoing.off('close', this.#gone);
  }

  readonly #gone = (): void => this.#fail(new Error('the client has gone'));
}
