// Whether a client unpacked the right files.
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256OfFile } from './digest.ts';

/** Looks for a file in each of the root file systems below a directory: one has it, with these bytes. */
export async function expectUnpacked(roots: string, file: string, digest: string): Promise<void> {
  const found: string[] = [];
  for (const root of await readdir(roots)) {
    const path = join(roots, root, file);
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) found.push(await sha256OfFile(path));
  }
  expect(found).toEqual([digest]);
}
