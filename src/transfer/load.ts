// Loading: brings images into the cache with all that belongs to them, as many at once as is wanted.
import type { Digest } from '../oci/digest.ts';
import { formatImageName } from '../oci/image-name.ts';
import { ImageLoad } from './image-load.ts';
import type { ImageLoadOptions, LoadNumbers } from './image-load.ts';
import { createLimit } from './limit.ts';
import type { SourceMistake, WantedImage } from './sources.ts';

export interface LoadOptions extends Omit<ImageLoadOptions, 'blobTurn'> {
  /** How many images, and how many blobs in all of them, come at once. */
  readonly concurrent: number;
  readonly watcher: Pick<LoadWatcher, 'begun' | 'ended'>;
}

export interface LoadResult {
  readonly outcomes: readonly LoadOutcome[];
  /** What is wrong with the sources themselves. */
  readonly mistakes: readonly SourceMistake[];
}

/** Who is told how a load goes. */
export interface LoadWatcher {
  /** So many images more are known to be wanted. */
  expected(images: number): void;
  /** An archive is read, before it is known what is in it. */
  reading(archive: RunningRead): void;
  hasRead(archive: RunningRead): void;
  begun(load: RunningLoad): void;
  ended(outcome: LoadOutcome): void;
}

/** An archive while it is read; the bytes that are done grow. */
export interface RunningRead {
  readonly name: string;
  /** Undefined where nobody can say. */
  readonly total: number | undefined;
  readonly done: number;
}

/** One image while it loads; its numbers change. */
export interface RunningLoad {
  /** In full, as it was asked for. */
  readonly name: string;
  readonly numbers: LoadNumbers;
}

export interface LoadOutcome {
  readonly name: string;
  /** Where it was asked for. */
  readonly origin: string;
  readonly numbers: LoadNumbers;
  /** What it leads to; undefined when it failed before that was known. */
  readonly digest?: Digest;
  /** What somebody should know of an image that is there. */
  readonly notes: readonly string[];
  /** Why it failed. */
  readonly error?: unknown;
}

/** Loads all; a failure of one is its outcome and stops no other. Those that were not begun when it was told to stop are missing. */
export async function loadImages(
  wanted: readonly WantedImage[],
  options: LoadOptions,
): Promise<readonly LoadOutcome[]> {
  const blobTurn = createLimit(options.concurrent);
  const waiting = [...wanted];
  const outcomes: LoadOutcome[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (options.signal.aborted) return;
      const outcome = await loadImage(next, new ImageLoad(next.image, { ...options, blobTurn }), options);
      outcomes.push(outcome);
      options.watcher.ended(outcome);
    }
  };
  await Promise.all(Array.from({ length: options.concurrent }, worker));
  return outcomes;
}

async function loadImage(
  { image, origin }: WantedImage,
  load: ImageLoad,
  { watcher }: LoadOptions,
): Promise<LoadOutcome> {
  const name = formatImageName(image);
  const { numbers } = load;
  watcher.begun({ name, numbers });
  try {
    const digest = await load.run();
    return { name, origin, numbers, notes: load.notes, digest };
  } catch (error) {
    return { name, origin, numbers, notes: load.notes, error };
  }
}
