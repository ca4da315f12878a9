// A list of images, as people write it: a reference a line, blank lines, and comments.
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';

/** A line that names no image. */
export interface ListMistake {
  /** From 1. */
  readonly line: number;
  /** What stands there, without its comment. */
  readonly text: string;
  readonly message: string;
}

export interface ImageList {
  /** In the order of the list, each once. */
  readonly references: readonly ImageName[];
  readonly mistakes: readonly ListMistake[];
}

/**
 * Reads a tag, a digest or both from every line; a name without a registry is docker.io's. A comment begins with `#`
 * at the beginning of a line or after a blank.
 */
export function parseImageList(text: string): ImageList {
  const references = new Map<string, ImageName>();
  const mistakes: ListMistake[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  for (const [index, whole] of lines.entries()) {
    const line = whole.replace(/(?:^|\s)#.*$/, '').trim();
    if (line === '') continue;
    try {
      const image = parseImageName(line);
      references.set(formatImageName(image), image);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      mistakes.push({ line: index + 1, text: line, message });
    }
  }
  return { references: [...references.values()], mistakes };
}
