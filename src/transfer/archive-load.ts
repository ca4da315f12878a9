// Loading from archives: each is read once, then its images are loaded, one after the other.
import { formatImageName } from '../oci/image-name.ts';
import { taggedSubject } from '../oci/referrers-tag.ts';
import { ArchiveContents } from './archive-contents.ts';
import { ArchiveError } from './archive-error.ts';
import type { ArchiveSource } from './archive-source.ts';
import { ArchivedImageLoad } from './archived-image-load.ts';
import type { ArchivedLoadOptions } from './archived-image-load.ts';
import { archivedImages } from './archived-images.ts';
import type { ArchivedImages } from './archived-images.ts';
import type { LoadOutcome, LoadResult, LoadWatcher } from './load.ts';
import type { NamedImage, ResolveRef } from './resolve-ref.ts';

export interface ArchiveLoadOptions extends ArchivedLoadOptions {
  readonly watcher: LoadWatcher;
  readonly naming: ResolveRef;
}

/** Loads archives one after the other, each as `load` does; what is wrong with one stops no other. */
export async function eachArchive(
  sources: readonly ArchiveSource[],
  { naming, signal }: Pick<ArchiveLoadOptions, 'naming' | 'signal'>,
  load: (source: ArchiveSource) => Promise<LoadResult>,
): Promise<LoadResult> {
  const results: LoadResult[] = [];
  for (const source of sources) {
    if (signal.aborted) break;
    results.push(await load(source));
  }
  const outcomes = results.flatMap((result) => result.outcomes);
  const mistakes = results.flatMap((result) => result.mistakes);
  const isRead = mistakes.length === 0 && !signal.aborted;
  return { outcomes, mistakes: isRead ? naming.end() : mistakes };
}

/** Loads all images of an archive. What keeps it from being read is a mistake of it. */
export async function loadArchive(source: ArchiveSource, options: ArchiveLoadOptions): Promise<LoadResult> {
  return loadWhole(source, options).catch((error: unknown): LoadResult => {
    const message = error instanceof Error ? error.message : String(error);
    return { outcomes: [], mistakes: [{ origin: source.name, message }] };
  });
}

async function loadWhole(source: ArchiveSource, options: ArchiveLoadOptions): Promise<LoadResult> {
  const { watcher, signal, intake, referrers, naming } = options;
  const contents = new ArchiveContents(source.name, intake);
  try {
    const archived = await readArchived(contents, source, options);
    const { images: named, mistakes } = naming.named(source.name, archived.images);
    const images = named.filter(
      ({ name }) => referrers || name.tag === undefined || taggedSubject(name.tag) === undefined,
    );
    watcher.expected(images.length);
    const outcomes: LoadOutcome[] = [];
    for (const image of images) {
      if (signal.aborted) break;
      outcomes.push(
        await loadImage(image, new ArchivedImageLoad(contents, archived, options), source, watcher),
      );
    }
    return { outcomes, mistakes };
  } finally {
    // What was interrupted is run again, and then need not be written again.
    if (!signal.aborted) await contents.discardRest();
  }
}

async function readArchived(
  contents: ArchiveContents,
  source: ArchiveSource,
  { watcher, signal }: ArchiveLoadOptions,
): Promise<ArchivedImages> {
  const reading = { name: source.name, total: source.size, done: 0 };
  watcher.reading(reading);
  try {
    await contents.read(source, (bytes) => {
      signal.throwIfAborted();
      reading.done += bytes;
    });
  } finally {
    watcher.hasRead(reading);
  }
  const archived = await archivedImages(contents);
  if (archived.images.length === 0) throw new ArchiveError(source.name, 'it has no image');
  return archived;
}

async function loadImage(
  image: NamedImage,
  load: ArchivedImageLoad,
  { name: origin }: ArchiveSource,
  watcher: LoadWatcher,
): Promise<LoadOutcome> {
  const name = formatImageName(image.name);
  const { numbers, notes } = load;
  watcher.begun({ name, numbers });
  const outcome = await load.run(image, image.name).then(
    (digest): LoadOutcome => ({ name, origin, numbers, notes, digest }),
    (error: unknown): LoadOutcome => ({ name, origin, numbers, notes, error }),
  );
  watcher.ended(outcome);
  return outcome;
}
