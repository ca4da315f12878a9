// What the cache holds and does, and the disk that it is on.
import type { Registry } from '../registry/registry.ts';
import { definitions } from './definitions.ts';
import type { Instruments } from './instruments.ts';

/** What is measured here. */
export type MeasuredCache = Pick<
  Registry,
  'manifestCount' | 'manifestBytes' | 'blobCount' | 'blobBytes' | 'evictions' | 'activity'
>;

export type Space = Awaited<ReturnType<Registry['space']>>;

/** @returns what brings them up to date */
export function cacheMetrics(make: Instruments): (cache: MeasuredCache, space: Space) => void {
  const manifestCount = make.gauge(definitions.manifestCount);
  const manifestBytes = make.gauge(definitions.manifestBytes);
  const blobCount = make.gauge(definitions.blobCount);
  const blobBytes = make.gauge(definitions.blobBytes);
  const incompleteImages = make.gauge(definitions.incompleteImages);
  const fills = make.gauge(definitions.fills);
  const fillReaders = make.gauge(definitions.fillReaders);
  const fillsEnded = make.mirror(definitions.fillsEnded);
  const fillResumes = make.mirror(definitions.fillResumes);
  const diskFailures = make.mirror(definitions.diskFailures);
  const diskFree = make.gauge(definitions.diskFree);
  const diskSize = make.gauge(definitions.diskSize);
  const evictedImages = make.mirror(definitions.evictedImages);
  const evictedBytes = make.mirror(definitions.evictedBytes);

  return (cache, space) => {
    manifestCount.set(cache.manifestCount);
    manifestBytes.set(cache.manifestBytes);
    blobCount.set(cache.blobCount);
    blobBytes.set(cache.blobBytes);
    const activity = cache.activity();
    incompleteImages.set(activity.incompleteImages);
    fills.set({ state: 'running' }, activity.fills.running);
    fills.set({ state: 'queued' }, activity.fills.queued);
    fillReaders.set(activity.fills.readers);
    fillsEnded({ result: 'cached' }, activity.fills.cached);
    fillsEnded({ result: 'failed' }, activity.fills.failed);
    fillResumes({}, activity.fills.resumes);
    diskFailures({}, activity.diskFailures);
    diskFree.remove();
    diskSize.remove();
    if (space !== undefined) {
      diskFree.set(space.free);
      diskSize.set(space.total);
    }
    evictedImages({}, cache.evictions.images);
    evictedBytes({}, cache.evictions.bytes);
  };
}
