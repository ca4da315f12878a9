// One partial download in a file of its own: hashed behind the writing, readable as it grows.
import { unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { digestAlgorithm } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { byteLength } from './chunks.ts';
import { DiskBlob } from './disk-blob.ts';
import { DigestMismatch, StoreError, attempt, attemptOrMiss, storeError } from './errors.ts';
import { FileHash } from './file-hash.ts';
import type { HashThread } from './hash-thread.ts';
import type { LinkRecord } from './link.ts';
import { copyOpenFile, writeFully } from './regular-file.ts';
import type { BlobFile, StagedBlob } from './store.ts';

/** How much is copied at a time. */
const chunkBytes = 1024 * 1024;

/** A verified, synced file that has the bytes of a digest. */
export interface PublishableFile {
  readonly digest: Digest;
  readonly path: string;
  readonly size: number;
  /** Copies what is here into another file, for when this one has lost its name. */
  copyInto(handle: FileHandle): Promise<void>;
}

/** What a staged blob asks of the folder that it lives in. */
export interface StagingArea {
  readonly hashing: HashThread;
  /** Links and renames a file into `blobs/`; makes its name good if others unlinked it. */
  publish(file: PublishableFile, link: LinkRecord): Promise<void>;
  /** Told once how it ended; `suspended` names the file that is kept. */
  ended(digest: Digest, suspended?: string): void;
}

export class DiskStagedBlob implements StagedBlob, PublishableFile {
  readonly digest: Digest;
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #area: StagingArea;
  #size = 0;
  #hash: FileHash;
  /** Whether the digest of all that was written is known to be right. */
  #verified = false;
  /** The other writer's partial that ours began as a copy of. */
  #source: string | undefined;
  #state: 'open' | 'committed' | 'ended' = 'open';
  #busy = false;

  constructor(digest: Digest, file: { path: string; handle: FileHandle }, area: StagingArea) {
    this.digest = digest;
    this.path = file.path;
    this.#handle = file.handle;
    this.#area = area;
    this.#hash = this.#newHash();
  }

  get size(): number {
    return this.#size;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  /** Goes on after what the file holds already: it is our own, from before it was suspended. */
  takeInPlace(bytes: number): void {
    this.#grow(bytes);
  }

  /**
   * Copies another writer's partial. Its file is left alone, because that writer may be alive.
   * @throws {StoreError} when it cannot be written here; where the source cannot be read, what was read is kept
   */
  async takeCopy(source: FileHandle, path: string): Promise<void> {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    this.#source = path;
    for (;;) {
      const { bytesRead } = await source
        .read(buffer, 0, chunkBytes, this.#size)
        .catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0) return;
      await this.write(buffer.subarray(0, bytesRead));
    }
  }

  async write(...chunks: readonly Uint8Array[]): Promise<void> {
    await this.#alone('write', async () => {
      await writeFully(this.#handle, chunks, this.#size);
      this.#grow(this.#size + byteLength(chunks));
    });
  }

  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    const available = Math.min(length, this.#size - position);
    if (available <= 0) return 0;
    try {
      const { bytesRead } = await this.#handle.read(target, 0, available, position);
      return bytesRead;
    } catch (error) {
      throw storeError('read', this.path, error);
    }
  }

  async truncate(): Promise<void> {
    await this.#alone('truncate', async () => {
      await this.#hash.close();
      this.#hash = this.#newHash();
      this.#size = 0;
      this.#verified = false;
      await this.#handle.truncate(0);
      await this.#forgetSource();
    });
  }

  async verify(): Promise<void> {
    await this.#alone('verify', () => this.#check());
  }

  async commit(link: LinkRecord): Promise<BlobFile> {
    await this.#alone('commit', async () => {
      await this.#check();
      await this.#hash.close();
      // After a failed write and a successful retry the file may be longer than what was verified.
      await this.#handle.truncate(this.#size);
      await this.#handle.sync();
      await this.#area.publish(this, link);
    });
    this.#state = 'committed';
    this.#area.ended(this.digest);
    return new DiskBlob(this.#handle, this.path, this.#size);
  }

  async discard(): Promise<void> {
    await this.#end(async () => {
      await attemptOrMiss('delete', this.path, unlink(this.path));
      await this.#forgetSource();
    });
  }

  /** Deletes our copy and leaves the earlier partial alone: the next try may have room for it. */
  async abandon(): Promise<void> {
    await this.#end(async () => {
      await attemptOrMiss('delete', this.path, unlink(this.path));
    });
  }

  async suspend(): Promise<void> {
    if (this.#size === 0) await this.abandon();
    else await this.#end(() => Promise.resolve(), this.path);
  }

  async copyInto(handle: FileHandle): Promise<void> {
    await attempt('copy', this.path, copyOpenFile(this.#handle, handle, this.#size));
  }

  #newHash(): FileHash {
    return new FileHash(this.#handle, digestAlgorithm(this.digest), this.#area.hashing);
  }

  #grow(size: number): void {
    this.#size = size;
    this.#verified = false;
    this.#hash.grown(size);
  }

  async #check(): Promise<void> {
    if (this.#verified) return;
    const hex = await this.#hash.hex(this.#size);
    const actual = `${digestAlgorithm(this.digest)}:${hex}` as Digest;
    if (actual !== this.digest) throw new DigestMismatch(this.digest, actual);
    this.#verified = true;
  }

  /** Bytes that led to nothing must not be taken over again and again. */
  async #forgetSource(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    if (source !== undefined) await attemptOrMiss('delete', source, unlink(source));
  }

  /** Two writers of one file would leave bytes that nobody hashed. */
  async #alone(doing: string, action: () => Promise<void>): Promise<void> {
    if (this.#busy || this.#state !== 'open') {
      const state = this.#busy ? 'busy' : this.#state;
      throw new StoreError(`cannot ${doing}: the staged blob is ${state}`, { path: this.path });
    }
    this.#busy = true;
    try {
      await attempt(doing, this.path, action());
    } finally {
      this.#busy = false;
    }
  }

  /** Ending twice is no error, so that it can stand in a `finally`; the handle is closed whatever happens. */
  async #end(action: () => Promise<void>, suspended?: string): Promise<void> {
    if (this.#state === 'committed' || this.#state === 'ended') return;
    this.#state = 'ended';
    try {
      await this.#hash.close();
      await attempt('close', this.path, this.#handle.close());
      await action();
    } finally {
      this.#area.ended(this.digest, suspended);
    }
  }
}
