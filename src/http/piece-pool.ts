// A few large buffers that all responses of a server share: what they hold does not grow with the number of clients.

/** Lent one at a time, and only until the client has taken what is in it. */
export class PiecePool {
  readonly #size: number;
  /** How many may still be allocated. */
  #unmade: number;
  readonly #idle: Buffer[] = [];

  constructor({ size, count }: { readonly size: number; readonly count: number }) {
    this.#size = size;
    this.#unmade = count;
  }

  /** Undefined when all are lent. */
  lend(): Buffer | undefined {
    const idle = this.#idle.pop();
    if (idle !== undefined || this.#unmade === 0) return idle;
    this.#unmade -= 1;
    return Buffer.allocUnsafeSlow(this.#size);
  }

  giveBack(piece: Buffer): void {
    this.#idle.push(piece);
  }
}
