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
  readonly given: ImageName | undefined;
  /** How many images have come without a name, in all archives. */
  unnamed: number;

  /** @param unnamed how many there were in archives that somebody else has read */
  constructor(given: ImageName | undefined, unnamed = 0) {
    this.given = given;
    this.unnamed = unnamed;
  }

  /** The images of an archive that have a name, with the one that is given it. */
  named(
    origin: string,
    images: readonly ArchivedImage[],
  ): { readonly images: readonly NamedImage[]; readonly mistakes: readonly SourceMistake[] } {
    const unnamed = images.filter(({ name }) => name === undefined);
    this.unnamed += unnamed.length;
    const why = this.#objection(unnamed);
    if (why === undefined)
      return {
        images: images.map((image) => ({ ...image, name: image.name ?? this.given }) as NamedImage),
        mistakes: [],
      };
    return {
      images: images.filter((image): image is NamedImage => image.name !== undefined),
      mistakes: [{ origin, message: `${why}; the archive has ${listed(images)}` }],
    };
  }

  /** What is wrong when all archives have been read. */
  end(): readonly SourceMistake[] {
    if (this.given === undefined || this.unnamed > 0) return [];
    const message = `no image is without a name, so none is ${formatImageName(this.given)}`;
    return [{ origin: '--resolve-ref', message }];
  }

  #objection({ length }: readonly ArchivedImage[]): string | undefined {
    if (length === 0) return undefined;
    const have = length === 1 ? 'an image has no name' : `${length} images have no name`;
    if (this.given === undefined)
      return length === 1 ? `${have}: give it one with --resolve-ref` : `${have}: save them with their names`;
    if (this.unnamed > 1) return `${have}, and --resolve-ref is for one image`;
    return undefined;
  }
}

function listed(images: readonly ArchivedImage[]): string {
  const names = images
    .slice(0, MAX_LISTED)
    .map(({ name, label }) => (name ? formatImageName(name) : quoted(label)));
  return [...names, ...(images.length > MAX_LISTED ? [`${images.length - MAX_LISTED} more`] : [])].join(', ');
}
