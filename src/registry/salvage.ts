// Salvage: a download that was whole when the server died, but not committed yet, is committed at the next start.
import type { Log } from '../log/log.ts';
import type { Digest } from '../oci/digest.ts';
import { DigestMismatch } from '../serialize/errors.ts';
import type { Store } from '../serialize/store.ts';
import type { ContentCache } from './content-cache.ts';

/**
 * Commits partial files that have as many bytes as a manifest says and hash to their digest; clients may have been
 * given their last bytes already. Whose they are stands in the link record that was written while they came.
 */
export async function salvagePartials(store: Store, cache: ContentCache, log: Log): Promise<void> {
  for (const { digest, size } of await store.partials()) {
    if (size !== cache.expectedSize(digest)) continue;
    try {
      await salvage(store, cache, digest);
      log.info('a download that was whole has been committed', { digest, size });
    } catch (error) {
      log.warn('a partial download cannot be committed', { digest, error });
    }
  }
}

async function salvage(store: Store, cache: ContentCache, digest: Digest): Promise<void> {
  const staged = await store.blobStage(digest);
  try {
    const file = await staged.commit({ digest, anonymous: false, repositories: [] });
    await file.close();
  } catch (error) {
    await (error instanceof DigestMismatch ? staged.discard() : staged.suspend());
    throw error;
  }
  await cache.blobSize(digest);
}
