// How bodies get out: by sendfile as far as it goes, else piece by piece through buffers that are used again.
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BytesSent } from '../metrics/metrics.ts';
import { runQueue } from '../thread/run-queue.ts';
import type { Slice } from './body.ts';
import { PiecePool } from './piece-pool.ts';
import { ResponseWriter } from './response-writer.ts';
import type { Sendfile } from './sendfile.ts';

/** What each response has for itself: a thousand clients that take nothing hold a thousand of them. */
const smallPiece = {
  /** Where sendfile does the most, and pieces only wait for room. */
  beside: 8 * 1024,
  alone: 64 * 1024,
};
/** What makes quick clients quicker. There are few of them, and no response waits for one. */
const largePieces = { size: 512 * 1024, count: 32 };
/** A client that takes a piece in so many milliseconds is quick. */
const QUICK_MS = 100;
/** As much as the kernel may take for a client that reads nothing: until then, nobody is known to be quick. */
const BUFFERED = 4 * 1024 * 1024;

/** Sends the bodies of one server's responses. */
export class BodySender {
  /** Since the start. */
  readonly sent: Record<keyof BytesSent, number> = { sendfile: 0, read: 0 };
  readonly #sendfile: Sendfile | undefined;
  readonly #pieces = new PiecePool(largePieces);

  /** @param sendfile where it can be used */
  constructor(sendfile?: Sendfile) {
    this.#sendfile = sendfile;
  }

  /**
   * Sends parts to a response whose headers are set, and does not end it.
   * @param count is told of bytes as they go
   * @throws {Error} when a file has less than it should, or the client has gone
   */
  async send(
    outgoing: ServerResponse,
    parts: readonly (Slice | Buffer)[],
    count: (bytes: number) => void,
  ): Promise<void> {
    using writer = new ResponseWriter(outgoing);
    for (const part of parts) {
      if (!Buffer.isBuffer(part)) await this.#sendSlice(writer, part, count);
      else {
        await writer.write(part);
        count(part.length);
      }
    }
  }

  /**
   * A piece that is written does three things: it brings the client further where sendfile cannot, it tells that Node has
   * nothing left to write on the socket, and it waits until the client has room again. Then sendfile goes on.
   */
  async #sendSlice(
    writer: ResponseWriter,
    { file, start, length }: Slice,
    count: (bytes: number) => void,
  ): Promise<void> {
    let sent = 0;
    const note = (way: keyof BytesSent, bytes: number): void => {
      sent += bytes;
      this.sent[way] += bytes;
      count(bytes);
    };
    const size = this.#sendfile !== undefined && file.fd !== undefined ? smallPiece.beside : smallPiece.alone;
    const small = Buffer.allocUnsafeSlow(Math.min(size, length));
    let wantsLarge = false;
    while (sent < length) {
      const large = wantsLarge ? this.#pieces.lend() : undefined;
      const piece = large ?? small;
      let isQuick: boolean;
      try {
        const bytes = await file.read(piece, Math.min(piece.length, length - sent), start + sent);
        if (bytes === 0) throw new Error(`the content ended at byte ${start + sent}`);
        await runQueue.turn();
        const waited = await writer.write(piece.subarray(0, bytes));
        note('read', bytes);
        isQuick = waited === undefined ? sent > BUFFERED : waited < QUICK_MS;
      } finally {
        if (large !== undefined) this.#pieces.giveBack(large);
      }
      let direct: number | undefined;
      while (sent < length && this.#sendfile !== undefined) {
        const rest = length - sent;
        const there = file.ready === undefined ? rest : Math.min(rest, await file.ready(start + sent));
        // Thousands may have room again at once.
        await runQueue.turn();
        direct = this.#sendfile.send(writer.socket, file, start + sent, there);
        if (direct === undefined || direct === 0) break;
        note('sendfile', direct);
        await nextTurn();
      }
      wantsLarge = isQuick && direct === undefined;
    }
  }
}
