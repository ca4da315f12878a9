// Which images somebody names: on the command line, and in files of lists or YAML.
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import { readSources } from './sources.ts';
import type { NamedImages, SourceMistake, WantedImage } from './sources.ts';

export interface WantedSources {
  /** As they were written. */
  readonly references: readonly string[];
  /** Lists or YAML; `-` is standard input. */
  readonly files: readonly string[];
}

/** Reads all of them; what is wrong in one does not hide the others. Each image once, in the order of the sources. */
export async function wantedImages(
  { references, files }: WantedSources,
  standardInput: () => AsyncIterable<Uint8Array | string>,
): Promise<NamedImages> {
  const images = new Map<string, WantedImage>();
  const mistakes: SourceMistake[] = [];
  for (const origin of references) {
    try {
      const image = parseImageName(origin);
      images.set(formatImageName(image), { image, origin });
    } catch (error) {
      mistakes.push({ origin, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const read = await readSources(files, standardInput);
  for (const wanted of read.images) {
    const name = formatImageName(wanted.image);
    if (!images.has(name)) images.set(name, wanted);
  }
  for (const { name } of read.archives)
    mistakes.push({ origin: name, message: 'this is an archive; name its images' });
  return { images: [...images.values()], mistakes: [...mistakes, ...read.mistakes] };
}
