// Work on a directory from which nothing is pruned meanwhile: blobs come before the manifests that name them.
import { OciError } from '../oci/errors.ts';
import type { Lease } from '../serialize/held-lease.ts';
import { LeaseTaken } from '../serialize/lease.ts';
import type { Registry } from './registry.ts';

/**
 * Begins when no other process prunes, with what those have pruned learnt.
 * @param holder what those are told who have to wait
 * @throws {OciError} UNAVAILABLE when a prune takes too long
 */
export async function unpruned<T>(
  registry: Pick<Registry, 'holdPruning' | 'cached'>,
  holder: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await registry.holdPruning(holder).catch((cause: unknown) => {
    throw cause instanceof LeaseTaken ? new OciError('UNAVAILABLE', cause.message, { cause }) : cause;
  });
  try {
    await registry.cached();
    return await work(lease);
  } finally {
    await lease.release();
  }
}
