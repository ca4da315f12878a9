// A byte range: which part of a blob a request asks for.

/** Both ends are inside, as on the wire: `{ start: 0, end: 0 }` is one byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const MAX_RANGES = 64;

/**
 * Reads a Range header against content of `size` bytes.
 *
 * `'none'` means: answer with all of it. That is so without a header, for another unit, for bad syntax, and for
 * a request whose ranges add up to more than twice the content, because a small request must not cost that
 * much (CVE-2011-3192). `'unsatisfiable'` means 416. Ranges past the end are left out beside others that are not.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2
 */
export function parseRange(
  header: string | undefined,
  size: number,
): 'none' | 'unsatisfiable' | readonly ByteRange[] {
  const [, list] = /^bytes=(.*)$/is.exec(header ?? '') ?? [];
  if (list === undefined) return 'none';
  const specs = list
    .split(',')
    .map(trimBlanks)
    .filter((spec) => spec !== '');
  if (specs.length === 0 || specs.length > MAX_RANGES) return 'none';

  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const match = /^([0-9]*)-([0-9]*)$/.exec(spec);
    if (match === null || spec === '-') return 'none';
    const range = resolve(match[1] ?? '', match[2] ?? '', size);
    // An empty blob has no first byte to name in a Content-Range, but a client that asks for its beginning
    // without knowing is answered with all there is, as Go's http.ServeContent does.
    if (range === 'empty') return 'none';
    if (range !== undefined) ranges.push(range);
  }
  if (ranges.length === 0) return 'unsatisfiable';
  const sum = ranges.reduce((total, range) => total + range.end - range.start + 1, 0);
  return sum > 2 * size ? 'none' : ranges;
}

/** The Content-Range of a part. */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.start}-${range.end}/${size}`;
}

/** One range of the list in bounds, or undefined when no byte of the content is in it. */
function resolve(first: string, last: string, size: number): ByteRange | 'empty' | undefined {
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (first === '' && Number(last) === 0) return undefined;
  if (size === 0 && start === 0) return 'empty';
  return start <= end ? { start, end } : undefined;
}

// RFC 9110 knows blank and tab only; trim() would also take line breaks and Unicode's blanks.
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/(?<![ \t])[ \t]+$/, '');
}
