// A client's connection that reads as fast as Node can: into one buffer for all, of which nothing is kept.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { manifestAccept } from '../src/oci/media-type.ts';

/** What a GET took, in seconds since it was sent. */
export interface Answer {
  readonly firstByte: number;
  readonly total: number;
  /** Of the body. */
  readonly bytes: number;
}

interface Asked {
  readonly start: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  head: string;
  firstByte: number;
  bytes: number;
  length: number;
}

const buffer = Buffer.allocUnsafe(1024 * 1024);
/** What a slow reader takes at once. */
const sip = Buffer.allocUnsafe(1024);

export class Connection implements Disposable {
  readonly #socket: Socket;
  #asked: Asked | undefined;

  private constructor(port: number, into: Buffer, goOn: boolean) {
    this.#socket = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer: into,
        callback: (count, from) => {
          this.#received(Buffer.from(from.buffer, from.byteOffset, count));
          return goOn;
        },
      },
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection ended')));
  }

  static async open(port: number): Promise<Connection> {
    return await new Connection(port, buffer, true).#connected();
  }

  /** One that takes a kilobyte, and the next when it is told to. */
  static async openSlow(port: number): Promise<Connection> {
    return await new Connection(port, sip, false).#connected();
  }

  /** @throws when the answer is another than 200 or 206, or breaks off */
  get(path: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const start = performance.now();
      this.#asked = { start, resolve, reject, head: '', firstByte: 0, bytes: 0, length: -1 };
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: bench\r\nAccept: ${manifestAccept}\r\n\r\n`);
    });
  }

  /** A slow reader's next kilobyte. */
  sip(): void {
    this.#socket.resume();
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }

  async #connected(): Promise<this> {
    await once(this.#socket, 'connect');
    return this;
  }

  #received(bytes: Buffer): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    if (asked.length < 0) this.#head(asked, bytes);
    else this.#body(asked, bytes.length);
  }

  #head(asked: Asked, bytes: Buffer): void {
    asked.head += bytes.toString('latin1');
    const end = asked.head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = /^content-length: (\d+)/im.exec(asked.head.slice(0, end))?.[1];
    if (!/^HTTP\/1\.1 20[06] /.test(asked.head) || length === undefined) {
      this.#fail(new Error(`an answer that was not expected: ${asked.head.slice(0, 1000)}`));
      return;
    }
    asked.length = Number(length);
    this.#body(asked, asked.head.length - end - 4);
  }

  #body(asked: Asked, count: number): void {
    if (count > 0 && asked.bytes === 0) asked.firstByte = (performance.now() - asked.start) / 1000;
    asked.bytes += count;
    if (asked.bytes < asked.length) return;
    this.#asked = undefined;
    const { firstByte, bytes } = asked;
    asked.resolve({ firstByte, bytes, total: (performance.now() - asked.start) / 1000 });
  }

  #fail(error: Error): void {
    this.#asked?.reject(error);
    this.#asked = undefined;
  }
}
