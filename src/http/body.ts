// What an answer's body can be: bytes that are at hand, or slices of a file that may still be growing.
import type { BlobFile } from '../serialize/store.ts';

export interface Slice {
  readonly file: BlobFile;
  readonly start: number;
  readonly length: number;
}

/** Sent part by part; `close` is called in every case. */
export interface Streamed {
  readonly length: number;
  readonly parts: readonly (Slice | Buffer)[];
  close(): Promise<void>;
}

export type Body = Buffer | Streamed;

export function bodyLength(body: Body | undefined): number {
  return body?.length ?? 0;
}
