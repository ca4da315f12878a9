// Why a bundle is not imported.
import type { Digest } from '../oci/digest.ts';

/** It is not as it was written; nothing of it has become visible. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  /** The name of the first bad entry. */
  readonly entry: string;

  constructor(entry: string, problem: string, cause?: unknown) {
    super(`${entry}: ${problem}`, cause === undefined ? {} : { cause });
    this.entry = entry;
  }
}

/** What a bundle leans on and is not here. */
export interface MissingPart {
  readonly digest: Digest;
  readonly size: number;
  /** The images that need it. */
  readonly images: readonly string[];
}

/** It was made for a side that has more than this one; nothing of it has been stored. */
export class MissingBase extends Error {
  override readonly name = 'MissingBase';
  readonly parts: readonly MissingPart[];

  constructor(parts: readonly MissingPart[]) {
    super(
      'it leaves out what is not here: import first the bundles that it was made since, or export it anew',
    );
    this.parts = parts;
  }
}
