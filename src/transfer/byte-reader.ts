// Reads a stream by the number of bytes that are wanted.

/** The stream ends where more was to come. */
export class EarlyEnd extends Error {
  override readonly name = 'EarlyEnd';
}

/** All bytes of a stream, whose chunks need be good only until the next one is asked for. */
export async function joined(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

/** Asks for a chunk when it has no use for the one before. */
export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** @throws {EarlyEnd} */
  async take(bytes: number): Promise<Buffer> {
    return joined(this.stream(bytes));
  }

  /** @throws {EarlyEnd} */
  async *stream(bytes: number): AsyncGenerator<Uint8Array> {
    for (let left = bytes; left > 0;) {
      const chunk = await this.#next(left);
      if (chunk === undefined) throw new EarlyEnd('it ends early');
      left -= chunk.byteLength;
      yield chunk;
    }
  }

  /** Up to `most` bytes; undefined at the end. */
  async #next(most: number): Promise<Uint8Array | undefined> {
    while (this.#chunk.byteLength === 0) {
      const next = await this.#source.next();
      if (next.done === true) return undefined;
      this.#chunk = next.value;
    }
    const chunk = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(chunk.byteLength);
    return chunk;
  }

  /** What is left, to the end of the stream. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.#next(Infinity); chunk !== undefined; chunk = await this.#next(Infinity))
      yield chunk;
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
