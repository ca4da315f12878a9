// Which images somebody names: on the command line, in lists, in Kubernetes manifests; and what names none.
import { readFile, stat } from 'node:fs/promises';
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { parseImageList } from './image-list.ts';
import { formatYamlPlace, imagesInYaml } from './kubernetes-images.ts';

export interface WantedSources {
  /** As they were written. */
  readonly references: readonly string[];
  /** Files of a reference a line; `-` is standard input. */
  readonly lists: readonly string[];
  /** Files of YAML; `-` is standard input. */
  readonly manifests: readonly string[];
}

/** Something that names no image, or a file that cannot be read. */
export interface WantedMistake {
  /** `file:line`, or where in a file's YAML; the reference itself when it was given as such. */
  readonly place: string;
  readonly message: string;
}

export interface WantedImages {
  /** Each once, in the order of the sources. */
  readonly images: readonly ImageName[];
  readonly mistakes: readonly WantedMistake[];
}

/** What is read into memory is bounded; the largest rendered charts have a few megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads all sources; what is wrong in one does not hide the others.
 * @param standardInput gives the text that `-` stands for
 */
export async function wantedImages(
  { references, lists, manifests }: WantedSources,
  standardInput: () => Promise<string>,
): Promise<WantedImages> {
  const images = new Map<string, ImageName>();
  const mistakes: WantedMistake[] = [];
  const add = (image: ImageName): void => void images.set(formatImageName(image), image);
  const read = async (file: string): Promise<string> => {
    try {
      return await (file === '-' ? standardInput() : readBounded(file));
    } catch (error) {
      mistakes.push({ place: placeOf(file), message: `cannot be read: ${reason(error)}` });
      return '';
    }
  };
  for (const reference of references) {
    try {
      add(parseImageName(reference));
    } catch (error) {
      mistakes.push({ place: reference, message: reason(error) });
    }
  }
  for (const file of lists) {
    const list = parseImageList(await read(file));
    for (const image of list.references) add(image);
    for (const { line, message } of list.mistakes)
      mistakes.push({ place: `${placeOf(file)}:${line}`, message });
  }
  for (const file of manifests) {
    const found = imagesInYaml(await read(file));
    for (const { image } of found.images) add(image);
    for (const { place, message } of found.mistakes)
      mistakes.push({ place: `${placeOf(file)}: ${formatYamlPlace(place)}`, message });
  }
  return { images: [...images.values()], mistakes };
}

async function readBounded(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, and at most ${MAX_BYTES} are read`);
  return readFile(file, 'utf8');
}

function placeOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return 'there is no such file';
  if (code === 'EISDIR') return 'it is a directory';
  return error.message;
}
