// A small blob, a config most of the time, read whole: it can be verified before its first byte is served.
import { digestAlgorithm, digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { StoreError } from '../serialize/errors.ts';
import type { BlobFile, Store } from '../serialize/store.ts';
import type { Log } from '../log/log.ts';

/** Bytes up to which a blob is kept in memory when it was asked for. */
export const SMALL_BLOB = 64 * 1024;

/** Undefined when it is not there, or when it is damaged: then it is taken out of service. */
export async function readSmallBlob(store: Store, digest: Digest, log: Log): Promise<Buffer | undefined> {
  const file = await store.blobOpen(digest);
  if (file === undefined) return undefined;
  let bytes: Buffer;
  try {
    bytes = await readWhole(file);
  } finally {
    await file.close();
  }
  const actual = digestOf(bytes, digestAlgorithm(digest));
  if (actual === digest) return bytes;
  try {
    await store.blobSetAside(digest, `its bytes hash to ${actual}`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    log.error('a damaged blob cannot be set aside; it is fetched again all the same', { digest, error });
  }
  return undefined;
}

/** No more than a small blob has; what is longer is none of ours, as its hash will tell. */
async function readWhole(file: BlobFile): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(Math.min(file.size, SMALL_BLOB));
  let length = 0;
  while (length < bytes.length) {
    const count = await file.read(bytes.subarray(length), bytes.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
