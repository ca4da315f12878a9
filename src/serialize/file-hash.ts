// The digest of a file that grows: a large one is hashed behind the writing, a small one when it is asked for.
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { DigestAlgorithm } from '../oci/digest.ts';
import { NoHashThread } from './hash-thread.ts';
import type { HashThread } from './hash-thread.ts';

/** How much more must be there for the thread to be told; what is smaller never comes before it. */
const STEP = 1024 * 1024;
const PIECE = 256 * 1024;

/** It hashes what is in the file, not what was meant to be. */
export class FileHash {
  readonly #handle: FileHandle;
  readonly #algorithm: DigestAlgorithm;
  readonly #thread: HashThread;
  readonly #id: number;
  /** As the thread was told. */
  #followed = 0;
  #closed = false;

  constructor(handle: FileHandle, algorithm: DigestAlgorithm, thread: HashThread) {
    this.#handle = handle;
    this.#algorithm = algorithm;
    this.#thread = thread;
    this.#id = thread.newId();
  }

  /** So many bytes are in the file for good. */
  grown(size: number): void {
    if (!this.#closed && size - this.#followed >= STEP) this.#follow(size);
  }

  /** The digest of the first `size` bytes: all that the file ever grew to. */
  async hex(size: number): Promise<string> {
    if (!this.#closed && this.#followed > 0) {
      try {
        this.#follow(size);
        return await this.#thread.hex(this.#id);
      } catch (error) {
        if (!(error instanceof NoHashThread)) throw error;
      }
    }
    return this.#hashHere(size);
  }

  /** Ends what is done behind; the file may be closed afterwards. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#followed > 0) await this.#thread.forget(this.#id);
  }

  #follow(size: number): void {
    this.#followed = size;
    this.#thread.follow(this.#id, this.#handle.fd, this.#algorithm, size);
  }

  async #hashHere(size: number): Promise<string> {
    const hash = createHash(this.#algorithm);
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE, size));
    for (let position = 0; position < size;) {
      const { bytesRead } = await this.#handle.read(
        buffer,
        0,
        Math.min(buffer.length, size - position),
        position,
      );
      if (bytesRead === 0) throw new Error(`the file ended at byte ${position} of ${size}`);
      hash.update(buffer.subarray(0, bytesRead));
      position += bytesRead;
    }
    return hash.digest('hex');
  }
}
