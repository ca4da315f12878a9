// The files that hold secrets: small, regular, and replaced under our feet when somebody rotates them.
import { accessSync, constants, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { fileProblem } from './pem-file.ts';

/** How files with secrets are read; errors say what is wrong and never show what is in the file. */
export interface SecretFiles {
  /** Text that changes when the file does: another inode, size or time. Follows links, as mounted secrets are. */
  version(path: string): Promise<string>;
  read(path: string): Promise<string>;
}

const MAX_BYTES = 1024 * 1024;

export const secretFiles: SecretFiles = {
  async version(path) {
    const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true }).catch(failed);
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  },
  async read(path) {
    const handle = await open(path, 'r').catch(failed);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw new Error(`the file is larger than ${MAX_BYTES} bytes`);
      return await handle.readFile('utf8').catch(failed);
    } finally {
      await handle.close();
    }
  },
};

function failed(cause: unknown): never {
  throw new Error(fileProblem(cause), { cause });
}

/** What is wrong with a secret's file, in words, before anybody needs it. */
export function secretFileProblem(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return statSync(path).isFile() ? undefined : 'this is no regular file';
  } catch (error) {
    return fileProblem(error);
  }
}

/** That others may read a secret's file, in words; undefined when only its owner and its group may. */
export function openSecretProblem(path: string): string | undefined {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o004) === 0) return undefined;
  return `everybody on this machine may read it (mode ${mode.toString(8)}); chmod 600 mends that`;
}
