// An entity tag: here always the digest of what is served.
import type { Digest } from './digest.ts';

/**
 * Whether an If-None-Match header names the content of `digest`, so that 304 is the answer.
 * Clients send the tag weak, and bare too, although the grammar wants quotes.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
 */
export function matchesIfNoneMatch(header: string | undefined, digest: Digest): boolean {
  if (header === undefined) return false;
  for (const [tag, opaque] of header.matchAll(/(?:W\/)?"([^"]*)"|[^\s,"]+/g)) {
    const value = opaque ?? tag;
    if (value === digest || tag === '*') return true;
  }
  return false;
}
