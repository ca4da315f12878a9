// `--resolve-ref`: the name for the one image that its archive gives none.
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { quoted } from '../oci/quotation.ts';
import type { ArchivedImage } from './archived-images.ts';
import type { SourceMistake } from './sources.ts';

export interface NamedImage extends ArchivedImage {
  readonly name: ImageName;
}

/** An archive of thousands would fill the screen. */
const MAX_LISTED = 20;

export class ResolveRef {
  readonly mistakes: SourceMistake[] = [];
  readonly #given: ImageName | undefined;
  #resolved = 0;

  constructor(given: ImageName | undefined) {
    this.#given = given;
  }

  /** The images of an archive that have a name, with the one that is given it. */
  named(origin: string, images: readonly ArchivedImage[]): readonly NamedImage[] {
    const unnamed = images.filter(({ name }) => name === undefined);
    if (unnamed.length > 0) {
      this.#resolved += unnamed.length;
      const why = this.#objection(unnamed);
      if (why !== undefined)
        this.mistakes.push({ origin, message: `${why}; the archive has ${listed(images)}` });
      else return images.map((image) => ({ ...image, name: image.name ?? this.#given }) as NamedImage);
    }
    return images.filter((image): image is NamedImage => image.name !== undefined);
  }

  /** To be called when all archives have been read. */
  end(): void {
    if (this.#given === undefined || this.#resolved > 0) return;
    const message = `no image is without a name, so none is ${formatImageName(this.#given)}`;
    this.mistakes.push({ origin: '--resolve-ref', message });
  }

  #objection({ length }: readonly ArchivedImage[]): string | undefined {
    const have = length === 1 ? 'an image has no name' : `${length} images have no name`;
    if (this.#given === undefined)
      return length === 1 ? `${have}: give it one with --resolve-ref` : `${have}: save them with their names`;
    if (this.#resolved > 1) return `${have}, and --resolve-ref is for one image`;
    return undefined;
  }
}

function listed(images: readonly ArchivedImage[]): string {
  const names = images
    .slice(0, MAX_LISTED)
    .map(({ name, label }) => (name ? formatImageName(name) : quoted(label)));
  return [...names, ...(images.length > MAX_LISTED ? [`${images.length - MAX_LISTED} more`] : [])].join(', ');
}
