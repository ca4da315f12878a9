// A client on a bare socket: it sends what it is told, byte by byte, and sees every byte that comes back.
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

export interface RawAnswer {
  /** Status line and headers, without the date. */
  readonly head: string;
  readonly body: Buffer;
}

export class Conversation implements Disposable {
  readonly socket: Socket;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #turns: number;
  #held: Buffer = Buffer.alloc(0);

  /** @param turns of the event loop that it waits before each chunk that it takes */
  constructor(port: number, { turns = 0 }: { readonly turns?: number } = {}) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#chunks = this.socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    this.#turns = turns;
  }

  say(...requests: readonly string[]): void {
    this.socket.write(requests.join(''));
  }

  /**
   * The next answer, to a request of this method.
   * @throws {Error} when the connection ends before the answer does
   */
  async answer(method = 'GET'): Promise<RawAnswer> {
    const head = await this.head();
    const isInformational = head.startsWith('HTTP/1.1 1');
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    return { head, body: await this.take(method === 'HEAD' || isInformational ? 0 : length) };
  }

  async head(): Promise<string> {
    let end: number;
    while ((end = this.#held.indexOf('\r\n\r\n')) < 0) await this.#more();
    return (await this.take(end + 4)).toString('latin1').replace(/^Date: .*\r\n/im, '');
  }

  async take(length: number): Promise<Buffer> {
    const taken: Buffer[] = [];
    let missing = length;
    while (missing > this.#held.length) {
      taken.push(this.#held);
      missing -= this.#held.length;
      this.#held = Buffer.alloc(0);
      await this.#more();
    }
    taken.push(this.#held.subarray(0, missing));
    this.#held = this.#held.subarray(missing);
    return Buffer.concat(taken);
  }

  /** How many bytes are still to come until the server ends the connection. */
  async rest(): Promise<number> {
    let bytes = this.#held.length;
    try {
      for (;;) {
        const chunk = await this.#chunks.next();
        if (chunk.done === true) return bytes;
        bytes += chunk.value.length;
      }
    } catch {
      return bytes; // reset
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  async #more(): Promise<void> {
    for (let turn = 0; turn < this.#turns; turn += 1) await nextTurn();
    const chunk = await this.#chunks.next();
    if (chunk.done === true) throw new Error('the connection ended');
    this.#held = this.#held.length === 0 ? chunk.value : Buffer.concat([this.#held, chunk.value]);
  }
}
