// A blob in the making whose digest nobody has told: it is known when all of its bytes have come.
import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../oci/digest.ts';
import { attempt, attemptOrMiss } from './errors.ts';
import { copyOpenFile, writeFully } from './regular-file.ts';
import type { StagingArea } from './staged-blob.ts';
import type { UnnamedBlob } from './store.ts';

/** Never resumed: without a digest nothing says what the bytes of a partial are the beginning of. */
export class DiskUnnamedBlob implements UnnamedBlob {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #area: Pick<StagingArea, 'publish'>;
  readonly #hash = createHash('sha256');
  #size = 0;

  constructor(file: { path: string; handle: FileHandle }, area: Pick<StagingArea, 'publish'>) {
    this.#path = file.path;
    this.#handle = file.handle;
    this.#area = area;
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const written = writeFully(this.#handle, chunk, this.#size);
    this.#hash.update(chunk); // while the bytes are on their way to the disk
    await attempt('write', this.#path, written);
    this.#size += chunk.byteLength;
  }

  digest(): Digest {
    return `sha256:${this.#hash.digest('hex')}` as Digest;
  }

  async commit(digest: Digest): Promise<void> {
    const [path, handle, size] = [this.#path, this.#handle, this.#size];
    await attempt('fsync', path, handle.sync());
    const copyInto = (into: FileHandle): Promise<void> =>
      attempt('copy', path, copyOpenFile(handle, into, size));
    const link = { digest, anonymous: false, repositories: [] };
    await this.#area.publish({ digest, path, size, copyInto }, link);
    await attempt('close', path, handle.close());
  }

  async discard(): Promise<void> {
    await attempt('close', this.#path, this.#handle.close());
    await attemptOrMiss('delete', this.#path, unlink(this.#path));
  }
}
