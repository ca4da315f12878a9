// The PEM files that a configuration names: certificate authorities, certificates and keys.
import { readFileSync } from 'node:fs';

/**
 * The text of a PEM file.
 * @throws {Error} that says what is wrong with the file and never shows what is in it
 */
export function readPemFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(fileProblem(cause), { cause });
  }
  if (!text.includes('-----BEGIN ')) throw new Error('the file holds no PEM block (-----BEGIN …)');
  return text;
}

/** Why a file could not be read, in words. */
export function fileProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'the file does not exist',
    EACCES: 'the file may not be read by this user',
    EISDIR: 'this is a directory, not a file',
    ENOTDIR: 'a part of the path is a file, not a directory',
  };
  return known[code] ?? `the file cannot be read${code === '' ? '' : ` (${code})`}`;
}
