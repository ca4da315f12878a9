// Carries out a client's plan on a node: what would change, the change, and its undoing.
import { globSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf } from '../oci/digest.ts';
import type { ClientPlan, MirrorClient, NodeFiles, PlannedFile } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { isOurs, readRecord, recordPath, writeRecord } from './mirror-record.ts';
import type { MirrorRecord, RecordedFile } from './mirror-record.ts';
import { makeDirectories, missingDirectories, removeEmptyDirectory } from './node-directory.ts';
import { readNodeFile, writeNodeFile } from './node-file.ts';
import type { MirrorSettings } from './settings.ts';

/** One file's way from what it is to what it shall be; undefined: no file. */
export interface FileChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly secret: boolean;
}

export interface Proposal {
  readonly changes: readonly FileChange[];
  readonly notes: readonly string[];
  /** Carries it out. What was there is on record before anything is touched. */
  apply(): void;
}

/**
 * What pointing a client here changes. Planned from what the files were before we first came, so that a second run
 * changes nothing, and one with other settings leaves nothing of the first.
 * @throws {MirrorError} when the plan cannot be made
 */
export function proposeMirror(client: MirrorClient, settings: MirrorSettings, directory: string): Proposal {
  const path = recordPath(directory, client.name);
  const record = readRecord(path);
  const plan = client.plan(settings, directory, filesBefore(record));
  const unplanned = record.files.filter((file) => !plan.files.some((planned) => planned.path === file.path));
  const [kept, dropped] = [unplanned.filter(isForeign), unplanned.filter((file) => !isForeign(file))];
  const changes = [...plan.files.map(changeTo), ...dropped.map(changeBack)].filter(isChange);
  const notes = [
    ...plan.notes,
    ...kept.map((file) => `${file.path} was changed by others since, and stays as it is`),
    ...afterwards(client, changes),
  ];
  return { changes, notes, apply: () => applyPlan(path, record, plan, changes, dropped) };
}

/**
 * What taking it back changes.
 * @throws {MirrorError} when others have changed a file since, unless that is to be lost
 */
export function proposeUndo(client: MirrorClient, directory: string, force: boolean): Proposal {
  const path = recordPath(directory, client.name);
  const record = readRecord(path);
  if (!force) refuseForeign(record.files);
  const changes = record.files.map(changeBack).filter(isChange);
  return {
    changes,
    notes: afterwards(client, changes),
    apply() {
      for (const file of record.files) restore(file);
      writeRecord(path, { ...record, files: [], directories: [] });
      withoutEmpty(record.directories);
    },
  };
}

function applyPlan(
  recordAt: string,
  record: MirrorRecord,
  plan: ClientPlan,
  changes: readonly FileChange[],
  dropped: readonly RecordedFile[],
): void {
  const wanted = plan.files.filter(({ path }) => changes.some((change) => change.path === path));
  const paths = [recordAt, ...wanted.map(({ path }) => path)];
  const kept = record.files.filter((file) => !dropped.includes(file));
  const directories = new Set([
    ...record.directories,
    ...paths.flatMap((path) => missingDirectories(dirname(path))),
  ]);
  directories.delete(dirname(recordAt));
  const recorded = wanted.reduce(withWritten, kept);
  if (changes.length === 0) return;
  writeRecord(recordAt, { version: 1, files: [...recorded, ...dropped], directories: [...directories] });
  for (const { path, text, secret } of wanted) {
    makeDirectories(dirname(path));
    const { mode = secret === true ? 0o600 : 0o644, uid, gid } = readNodeFile(path) ?? {};
    writeNodeFile(path, text, { mode, ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) });
  }
  for (const file of dropped) restore(file);
  writeRecord(recordAt, { version: 1, files: recorded, directories: withoutEmpty([...directories]) });
}

/** An empty directory may mean something: containerd takes one as a registry's own, past `_default`. */
function withoutEmpty(made: readonly string[]): string[] {
  return made
    .toReversed()
    .filter((path) => !removeEmptyDirectory(path))
    .reverse();
}

function afterwards(client: MirrorClient, changes: readonly FileChange[]): readonly string[] {
  return [...new Set(changes.flatMap(({ path }) => client.afterwards(path) ?? []))];
}

/** The record, once this is written too. */
function withWritten(files: readonly RecordedFile[], { path, text, secret }: PlannedFile): RecordedFile[] {
  const known = files.find((file) => file.path === path) ?? {
    path,
    before: readNodeFile(path) ?? null,
    secret: secret === true,
    written: [],
  };
  // What others have changed since stays theirs: --undo does not take it away unasked.
  const foreign = known.written.length > 0 && isForeign(known);
  const written = foreign ? known.written : [...new Set([...known.written, digestOf(text)])];
  return [...files.filter((file) => file.path !== path), { ...known, written }];
}

/** The files of the node as they are. */
export const filesNow: NodeFiles = filesBefore({ version: 1, files: [], directories: [] });

function filesBefore({ files }: MirrorRecord): NodeFiles {
  const ours = (path: string): RecordedFile | undefined =>
    files.find((file) => file.path === path && isOurs(file, readNodeFile(path)?.text));
  return {
    read(path) {
      const recorded = ours(path);
      return recorded === undefined ? readNodeFile(path)?.text : recorded.before?.text;
    },
    matching: (pattern) =>
      globSync(pattern)
        .filter((path) => ours(path)?.before !== null)
        .sort(),
  };
}

/** Whether it is now neither what it was nor what we wrote. */
function isForeign(file: RecordedFile): boolean {
  const text = readNodeFile(file.path)?.text;
  return text !== file.before?.text && !isOurs(file, text);
}

function refuseForeign(files: readonly RecordedFile[]): void {
  const foreign = files.filter(isForeign);
  if (foreign.length === 0) return;
  throw new MirrorError(
    `changed by others since: ${foreign.map(({ path }) => path).join(', ')}; ` +
      'take our part out by hand, or lose their changes with --undo --force',
  );
}

function changeTo({ path, text, secret }: PlannedFile): FileChange {
  return { path, before: readNodeFile(path)?.text, after: text, secret: secret === true };
}

function changeBack({ path, before, secret }: RecordedFile): FileChange {
  return { path, before: readNodeFile(path)?.text, after: before?.text, secret };
}

function isChange({ before, after }: FileChange): boolean {
  return before !== after;
}

function restore({ path, before }: RecordedFile): void {
  if (before === null) rmSync(path, { force: true });
  else if (readNodeFile(path)?.text !== before.text) {
    makeDirectories(dirname(path));
    writeNodeFile(path, before.text, before);
  }
}
