// A blob in a file that we hold open: it stays readable when its name is gone.
import type { FileHandle } from 'node:fs/promises';
import { attempt, storeError } from './errors.ts';
import type { BlobFile } from './store.ts';

export class DiskBlob implements BlobFile {
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #path: string;

  constructor(handle: FileHandle, path: string, size: number) {
    this.#handle = handle;
    this.#path = path;
    this.size = size;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  async read(target: Uint8Array, length: number, position: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(target, 0, length, position);
      return bytesRead;
    } catch (error) {
      throw storeError('read', this.#path, error);
    }
  }

  async close(): Promise<void> {
    await attempt('close', this.#path, this.#handle.close());
  }
}
