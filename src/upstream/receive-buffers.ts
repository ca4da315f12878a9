// What sockets receive into: memory that is used again as soon as those who read have let go of all that came in it.
import type { OnReadOpts, Socket } from 'node:net';

interface Piece {
  readonly bytes: Buffer;
  /** How much of it was received into. */
  filled: number;
  /** How much of that nobody has let go of. */
  held: number;
  /** Whether a socket has it. */
  receiving: boolean;
}

const PIECE = 256 * 1024;
/** What is less is not worth a system call. */
const LEAST = 64 * 1024;
/** Pieces that are kept for the next one who needs them. */
const MAX_FREE = 32;

/**
 * Node allocates 64 KiB for each read, which costs more than receiving them does. A piece is used again only when all
 * of its bytes were let go of; where some never are, such as those of headers, it is the garbage collector's.
 */
export class ReceiveBuffers {
  readonly #free: Piece[] = [];
  readonly #pieces = new WeakMap<ArrayBufferLike, Piece>();
  /** Received into just now: the same socket asks for the rest of it next. */
  #latest: Piece | undefined;

  /** The option of sockets that makes them receive into these. */
  readonly onread: OnReadOpts = this.#onread();

  /** Lets go of bytes that were received; those that came by another way are none of ours. */
  release(chunk: Uint8Array): void {
    const piece = this.#pieces.get(chunk.buffer);
    if (piece === undefined) return;
    piece.held -= chunk.length;
    this.#keepIfDone(piece);
  }

  #onread(): OnReadOpts {
    const received = (bytes: number, buffer: Uint8Array): Buffer => this.#received(bytes, buffer);
    return {
      buffer: () => this.#next(),
      // Handed on to those who read the socket as the stream that it is.
      callback(this: Socket, bytes: number, buffer: Uint8Array) {
        return this.push(received(bytes, buffer));
      },
    };
  }

  #next(): Buffer {
    const latest = this.#latest;
    this.#latest = undefined;
    if (latest !== undefined) {
      if (latest.bytes.length - latest.filled >= LEAST) return latest.bytes.subarray(latest.filled);
      latest.receiving = false;
      this.#keepIfDone(latest);
    }
    const piece = this.#free.pop() ?? this.#newPiece();
    piece.filled = 0;
    piece.receiving = true;
    return piece.bytes;
  }

  #received(bytes: number, buffer: Uint8Array): Buffer {
    const piece = this.#pieces.get(buffer.buffer);
    if (piece === undefined) throw new TypeError('a socket received into a buffer that is not ours');
    const chunk = piece.bytes.subarray(piece.filled, piece.filled + bytes);
    piece.filled += bytes;
    piece.held += bytes;
    this.#latest = piece;
    return chunk;
  }

  #newPiece(): Piece {
    const piece = { bytes: Buffer.allocUnsafeSlow(PIECE), filled: 0, held: 0, receiving: true };
    this.#pieces.set(piece.bytes.buffer, piece);
    return piece;
  }

  #keepIfDone(piece: Piece): void {
    if (piece.held === 0 && !piece.receiving && this.#free.length < MAX_FREE) this.#free.push(piece);
  }
}
