// Directories in which every file is named by the digest of its bytes, as OCI layouts and containerd keep them.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from './digest.ts';

/**
 * The digests of all files, computed from their bytes.
 * @throws {Error} when a file is not what its name says
 */
export async function digestsOfFiles(directory: string): Promise<readonly string[]> {
  const digests: string[] = [];
  for (const name of await readdir(directory)) {
    const digest = await sha256OfFile(join(directory, name));
    if (digest !== `sha256:${name}`) throw new Error(`${join(directory, name)} has the bytes of ${digest}`);
    digests.push(digest);
  }
  return digests.sort();
}
