// An archive that cannot be read to its end, or that is not what it should be.

/** Says which archive, and where in it, because somebody has to make or to fetch it anew. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  /** The file, or `standard input`. */
  readonly archive: string;
  /** The entry in which, or after which, it was found. */
  readonly entry: string | undefined;
  /** The byte of the uncompressed archive at which it was found. */
  readonly offset: number | undefined;

  constructor(
    archive: string,
    why: string,
    where: {
      readonly entry?: string | undefined;
      readonly offset?: number | undefined;
      cause?: unknown;
    } = {},
  ) {
    const { entry, offset } = where;
    const place = [
      ...(entry === undefined ? [] : [`entry ${entry}`]),
      ...(offset === undefined ? [] : [`byte ${offset}`]),
    ];
    super(
      `${why}${place.length === 0 ? '' : ` (${place.join(', ')})`}`,
      where.cause === undefined ? {} : { cause: where.cause },
    );
    this.archive = archive;
    this.entry = entry;
    this.offset = offset;
  }
}
