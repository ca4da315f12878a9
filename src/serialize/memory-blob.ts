// A small blob whose bytes are at hand.
import type { BlobFile } from './store.ts';

export class MemoryBlob implements BlobFile {
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  read(target: Uint8Array, length: number, position: number): Promise<number> {
    return Promise.resolve(this.bytes.copy(target, 0, position, position + length));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
