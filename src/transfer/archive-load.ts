// Loading from archives: each is read once, then its images are loaded, one after the other.
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { taggedSubject } from '../oci/referrers-tag.ts';
import { ArchiveContents } from './archive-contents.ts';
import { ArchiveError } from './archive-error.ts';
import type { ArchiveSource } from './archive-source.ts';
import { ArchivedImageLoad } from './archived-image-load.ts';
import type { ArchivedLoadOptions } from './archived-image-load.ts';
import { archivedImages } from './archived-images.ts';
import type { ArchivedImages } from './archived-images.ts';
import type { LoadOutcome, LoadResult, LoadWatcher } from './load.ts';
import { ResolveRef } from './resolve-ref.ts';
import type { NamedImage } from './resolve-ref.ts';
import type { SourceMistake } from './sources.ts';

export interface ArchiveLoadOptions extends ArchivedLoadOptions {
  readonly watcher: LoadWatcher;
  /** The name of the one image that has none. */
  readonly resolveRef?: ImageName | undefined;
}

/** Loads all images of all archives; what is wrong with one stops no other. */
export async function loadArchives(
  sources: readonly ArchiveSource[],
  options: ArchiveLoadOptions,
): Promise<LoadResult> {
  const outcomes: LoadOutcome[] = [];
  const mistakes: SourceMistake[] = [];
  const naming = new ResolveRef(options.resolveRef);
  for (const source of sources) {
    if (options.signal.aborted) break;
    try {
      outcomes.push(...(await loadArchive(source, naming, options)));
    } catch (error) {
      mistakes.push({ origin: source.name, message: error instanceof Error ? error.message : String(error) });
    }
  }
  if (mistakes.length === 0 && !options.signal.aborted) naming.end();
  return { outcomes, mistakes: [...mistakes, ...naming.mistakes] };
}

async function loadArchive(
  source: ArchiveSource,
  naming: ResolveRef,
  options: ArchiveLoadOptions,
): Promise<readonly LoadOutcome[]> {
  const { watcher, signal, intake, referrers } = options;
  const contents = new ArchiveContents(source.name, intake);
  try {
    const archived = await readArchived(contents, source, options);
    const images = naming
      .named(source.name, archived.images)
      .filter(({ name }) => referrers || name.tag === undefined || taggedSubject(name.tag) === undefined);
    watcher.expected(images.length);
    const outcomes: LoadOutcome[] = [];
    for (const image of images) {
      if (signal.aborted) break;
      outcomes.push(
        await loadImage(image, new ArchivedImageLoad(contents, archived, options), source, watcher),
      );
    }
    return outcomes;
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
