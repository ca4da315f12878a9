// The inventory: what one side has, in a small file that is carried to the other, so that only what lacks comes back.
import { byCodeUnits } from '../oci/code-units.ts';
import { isDigest } from '../oci/digest.ts';
import type { Shelf } from '../registry/shelf.ts';
import { Turns, sorted, unhurried } from '../thread/turns.ts';

/** What is known to be on the other side. */
export interface Possession {
  readonly digests: ReadonlySet<string>;
  /** As `name digest`, of images that need nothing more. */
  readonly images: ReadonlySet<string>;
}

const firstLine = 'ociregistry-inventory 1';
const lastLine = 'end';

/**
 * Text for `grep` and `comm`: the complete images by name, then all digests. The same content gives the same bytes.
 * Made in turns.
 */
export async function inventoryText(shelf: Pick<Shelf, 'completeImages' | 'digests'>): Promise<string> {
  const turns = new Turns();
  const images: string[] = [];
  for await (const { name, digest } of shelf.completeImages()) images.push(`${name} ${digest}`);
  const digests = new Set<string>();
  for await (const digest of unhurried(shelf.digests(), turns)) digests.add(digest);
  const lines = [
    ...(await sorted(images, byCodeUnits, turns)),
    ...(await sorted(digests, byCodeUnits, turns)),
  ];
  return [firstLine, ...lines, lastLine, ''].join('\n');
}

/** @throws {Error} when it is no inventory, or not all of one */
export function parseInventory(text: string): Possession {
  const [first, ...lines] = text.split('\n');
  if (first !== firstLine) throw new Error('this is no inventory that the command inventory has written');
  if (lines.pop() !== '' || lines.pop() !== lastLine)
    throw new Error('it ends before its end: it is truncated');
  const digests = new Set<string>();
  const images = new Set<string>();
  for (const [position, line] of lines.entries()) {
    const [name = '', digest, ...more] = line.split(' ');
    if (isDigest(name) && digest === undefined) digests.add(name);
    else if (name !== '' && digest !== undefined && isDigest(digest) && more.length === 0) images.add(line);
    else throw new Error(`line ${position + 2} is neither a digest nor an image`);
  }
  return { digests, images };
}
