// A Link header: where the next page of a list is.
import { HeaderScanner } from './header-scanner.ts';

/**
 * The target of the first link whose relation is `next`, as it was written: often relative, and a stranger's
 * choice, so it is for the caller to resolve it and to keep to the origin.
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 */
export function parseLinkNext(header: string | undefined): string | undefined {
  const scanner = new HeaderScanner(header ?? '');
  scanner.skip(' \t,');
  while (!scanner.done) {
    if (!scanner.take('<')) {
      scanner.until(',');
    } else {
      const target = scanner.until('>').trim();
      const relations = parseRelations(scanner);
      if (target !== '' && relations.includes('next')) return target;
    }
    scanner.skip(' \t,');
  }
  return undefined;
}

/** Reads a link's parameters up to the comma that ends it. */
function parseRelations(scanner: HeaderScanner): readonly string[] {
  let relations: string | undefined;
  for (;;) {
    scanner.skip(' \t');
    if (!scanner.take(';')) break;
    scanner.skip(' \t');
    const name = scanner.token()?.toLowerCase();
    scanner.skip(' \t');
    if (!scanner.take('=')) continue;
    scanner.skip(' \t');
    const value = scanner.value();
    // "The rel parameter MUST NOT appear more than once; occurrences after the first MUST be ignored."
    if (name === 'rel') relations ??= value;
  }
  return (relations ?? '').toLowerCase().split(/[ \t]+/);
}
