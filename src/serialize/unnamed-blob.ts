// A blob in the making whose digest nobody has told: it is known when all of its bytes have come.
import { unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Digest } from '../oci/digest.ts';
import { attempt, attemptOrMiss } from './errors.ts';
import { FileHash } from './file-hash.ts';
import { copyOpenFile, writeFully } from './regular-file.ts';
import type { StagingArea } from './staged-blob.ts';
import type { UnnamedBlob } from './store.ts';

/** Never resumed: without a digest nothing says what the bytes of a partial are the beginning of. */
export class DiskUnnamedBlob implements UnnamedBlob {
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #area: Pick<StagingArea, 'publish'>;
  readonly #hash: FileHash;
  #size = 0;

  constructor(
    { path, handle }: { path: string; handle: FileHandle },
    area: Pick<StagingArea, 'hashing' | 'publish'>,
  ) {
    this.#path = path;
    this.#handle = handle;
    this.#area = area;
    this.#hash = new FileHash(handle, 'sha256', area.hashing);
  }

  get size(): number {
    return this.#size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await attempt('write', this.#path, writeFully(this.#handle, [chunk], this.#size));
    this.#size += chunk.byteLength;
    this.#hash.grown(this.#size);
  }

  async digest(): Promise<Digest> {
    const hex = await attempt('hash', this.#path, this.#hash.hex(this.#size));
    return `sha256:${hex}` as Digest;
  }

  async commit(digest: Digest): Promise<void> {
    const [path, handle, size] = [this.#path, this.#handle, this.#size];
    await attempt('fsync', path, handle.sync());
    const copyInto = (into: FileHandle): Promise<void> =>
      attempt('copy', path, copyOpenFile(handle, into, size));
    const link = { digest, anonymous: false, repositories: [] };
    await this.#area.publish({ digest, path, size, copyInto }, link);
    await this.#close();
  }

  async discard(): Promise<void> {
    await this.#close();
    await attemptOrMiss('delete', this.#path, unlink(this.#path));
  }

  async #close(): Promise<void> {
    await this.#hash.close();
    await attempt('close', this.#path, this.#handle.close());
  }
}
