// The record beside a client's files: what they were before we came, and what we have written since.
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { digestOf } from '../oci/digest.ts';
import { MirrorError } from './mistake.ts';
import { makeDirectories, removeEmptyDirectory } from './node-directory.ts';
import { readNodeFile, writeNodeFile } from './node-file.ts';

const recordedFile = z.object({
  path: z.string(),
  /** null: there was none. */
  before: z.object({ text: z.string(), mode: z.int(), uid: z.int(), gid: z.int() }).nullable(),
  /** No diff shows it. */
  secret: z.boolean(),
  /** The digest of everything that we have written there: anything else is somebody else's. */
  written: z.array(z.string()),
});

const recordShape = z.object({
  version: z.literal(1),
  files: z.array(recordedFile),
  /** Those that we made, outer ones first. */
  directories: z.array(z.string()),
});

export type RecordedFile = z.infer<typeof recordedFile>;
export type MirrorRecord = z.infer<typeof recordShape>;

const emptyRecord: MirrorRecord = { version: 1, files: [], directories: [] };

/** No client looks for its configuration there. */
export function recordPath(directory: string, client: string): string {
  return `${directory}/.ociregistry-mirror/${client}.json`;
}

/** @throws {MirrorError} when it is damaged */
export function readRecord(path: string): MirrorRecord {
  const file = readNodeFile(path);
  if (file === undefined) return emptyRecord;
  try {
    return recordShape.parse(JSON.parse(file.text));
  } catch (cause) {
    throw new MirrorError(
      `${path} is damaged, so that what was there before is not known; mend it, or remove it and keep the files as they are`,
      { cause },
    );
  }
}

/** A record of nothing is no file. */
export function writeRecord(path: string, record: MirrorRecord): void {
  if (record.files.length > 0 || record.directories.length > 0) {
    makeDirectories(dirname(path), 0o700);
    // What was there before may be secret.
    writeNodeFile(path, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
    return;
  }
  rmSync(path, { force: true });
  // Another client may have its record there.
  removeEmptyDirectory(dirname(path));
}

/** Whether a text is one that we wrote. */
export function isOurs({ written }: RecordedFile, text: string | undefined): boolean {
  return text !== undefined && written.includes(digestOf(text));
}
