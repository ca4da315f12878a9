// Pins: images that are kept whatever is pruned.
import type { Log } from '../log/log.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import { lookAtCache } from './cached-directory.ts';
import { cachedImages, imageName, matchesImage, isPinned } from './cached-images.ts';
import type { ContentCache } from './content-cache.ts';
import { withoutPin, withPin } from './holder-entry.ts';

/** Names as `list` prints them; `*` stands for anything. */
export interface PinReport {
  /** Images that are pinned now and were not, or the other way round. */
  readonly changed: readonly string[];
  /** Images that were so already. */
  readonly already: readonly string[];
  /** Patterns that fit nothing. */
  readonly unknown: readonly string[];
}

/**
 * Pins the images that patterns fit, or releases them.
 * @throws {StoreError} when the disk does not take it
 */
export async function setPins(
  cache: ContentCache,
  patterns: readonly string[],
  pinned: boolean,
): Promise<PinReport> {
  await cache.index.learnManifests();
  const unknown = new Set(patterns);
  const changed: string[] = [];
  const already: string[] = [];
  // A copy: each change replaces an entry.
  for (const image of [...cachedImages(cache.memcache)]) {
    const fitting = patterns.filter((pattern) => matchesImage(pattern, image));
    if (fitting.length === 0) continue;
    for (const pattern of fitting) unknown.delete(pattern);
    const [registry, repository] = splitRepositoryId(image.repository);
    const change = pinned ? withPin : withoutPin;
    const hasChanged =
      isPinned(image) !== pinned &&
      (await cache.changeManifest(image.entry, (holder) =>
        change(holder, { registry, repository }, image.tag),
      ));
    (hasChanged ? changed : already).push(imageName(image));
  }
  return { changed: changed.sort(), already: already.sort(), unknown: [...unknown] };
}

/**
 * Like {@link setPins}, on a directory; a server may be using it.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function setDirectoryPins(
  imagePath: string,
  patterns: readonly string[],
  pinned: boolean,
  log: Log,
): Promise<PinReport> {
  return lookAtCache(imagePath, log, ({ cache }) => setPins(cache, patterns, pinned));
}
