// A blob streamed to one client without the disk, which is full or broken: verified all the same, and not kept.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { DigestMismatch } from '../serialize/errors.ts';
import type { BlobFile } from '../serialize/store.ts';
import { UpstreamError } from '../upstream/errors.ts';
import type { BlobStream } from '../upstream/registry-reads.ts';
import { retryDelay } from './fill-retry.ts';

export interface UncachedBlobOptions {
  readonly digest: Digest;
  readonly size: number;
  /** Asks the upstream for the blob from a byte on. */
  readonly open: (start: number) => Promise<BlobStream>;
  readonly noProgressMs: number;
}

/** As of a fill: no client gets the end of wrong bytes. */
const WITHHELD = 64 * 1024;

/** Read in order, from any byte on; what comes before it is fetched for the sake of the digest and dropped. */
export class UncachedBlob implements BlobFile {
  readonly size: number;
  readonly #options: UncachedBlobOptions;
  readonly #hash: Hash;
  #stream: BlobStream | undefined;
  /** Where the stream stands in the blob. */
  #position: number | undefined;
  /** Bytes that came and were hashed; of these, `#held` waits to be read. */
  #received = 0;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #verified = false;

  constructor(options: UncachedBlobOptions) {
    this.size = options.size;
    this.#options = options;
    this.#hash = createHash(digestAlgorithm(options.digest));
  }

  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    for (;;) {
      this.#drop(position);
      const visible = this.#verified
        ? this.#heldBytes
        : Math.min(this.#heldBytes, this.size - WITHHELD - position);
      const [first] = this.#held;
      if (visible > 0 && first !== undefined)
        return first.copy(target, 0, 0, Math.min(length, visible, first.length));
      if (this.#verified) return 0;
      await this.#receive();
    }
  }

  close(): Promise<void> {
    this.#stream?.body.cancel();
    this.#held = [];
    return Promise.resolve();
  }

  /** Forgets what lies before a position. */
  #drop(position: number): void {
    for (;;) {
      const [first] = this.#held;
      const before = position - (this.#received - this.#heldBytes);
      if (before < 0) throw new Error('a stream cannot be read backwards');
      if (first === undefined || before === 0) return;
      const count = Math.min(before, first.length);
      this.#heldBytes -= count;
      if (count === first.length) this.#held.shift();
      else this.#held[0] = first.subarray(count);
    }
  }

  /** One more piece, or the end; breaks are taken up as a fill does. */
  async #receive(): Promise<void> {
    let fruitless = 0;
    const began = performance.now();
    for (;;) {
      try {
        const chunk = await this.#next();
        if (chunk === undefined) {
          this.#verify();
          return;
        }
        this.#hash.update(chunk);
        this.#held.push(chunk);
        this.#heldBytes += chunk.length;
        this.#received += chunk.length;
        return;
      } catch (error) {
        this.#stream?.body.cancel();
        this.#stream = undefined;
        this.#position = undefined;
        if (!(error instanceof UpstreamError)) throw error;
        const { noProgressMs } = this.#options;
        const attempts = {
          fruitless,
          begun: this.#received > 0,
          idle: performance.now() - began,
          noProgressMs,
        };
        const delay = retryDelay(error, attempts);
        if (delay === undefined) throw error;
        fruitless += 1;
        await sleep(delay);
      }
    }
  }

  async #next(): Promise<Buffer | undefined> {
    if (this.#received >= this.size) return undefined;
    this.#stream ??= await this.#options.open(this.#received);
    const { body, start, url } = this.#stream;
    let position = this.#position ?? start;
    for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) {
      // An upstream that does not do ranges starts over; what we have already is passed over.
      const known = Math.min(this.#received - position, chunk.length);
      this.#position = position += chunk.length;
      if (known < chunk.length) return chunk.subarray(known);
    }
    throw new UpstreamError('broken', `the body ended at byte ${this.#received} of ${this.size}`, {
      method: 'GET',
      url,
    });
  }

  #verify(): void {
    const { digest } = this.#options;
    const hex = this.#hash.digest('hex');
    if (this.#received !== this.size || hex !== digestHex(digest)) {
      throw new DigestMismatch(digest, `${digestAlgorithm(digest)}:${hex}` as Digest);
    }
    this.#verified = true;
  }
}
