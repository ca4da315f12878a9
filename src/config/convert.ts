// Makes a configuration of ours from that of another program; what has no equivalent stays in it as a comment.
import { readFileSync } from 'node:fs';
import { Document, isMap, isSeq } from 'yaml';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { note } from './foreign-file.ts';
import type { Draft, FileDraft } from './foreign-file.ts';
import { fromGoFile } from './go-file.ts';
import { ConfigError } from './mistake.ts';
import { fileProblem } from './pem-file.ts';
import { fromTrowFile, isTrowFile } from './trow-file.ts';
import { parseYaml } from './yaml-document.ts';

/**
 * Our file's text, made from theirs.
 * @throws {ConfigError} when theirs cannot be read
 */
export function convertFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([{ place: `file ${file}`, message: fileProblem(error), usage: false }]);
  }
  return convertConfig(text, file);
}

/**
 * The text of our file.
 * @throws {ConfigError} when theirs is no YAML
 */
export function convertConfig(text: string, file: string): string {
  // As text throughout: a password of digits keeps its zeros.
  const { value, faults } = parseYaml(text, 'failsafe');
  if (faults.length > 0) {
    throw new ConfigError(
      faults.map(({ line, column, message }) => ({
        place: `${file}:${line}:${column}`,
        message,
        usage: false,
      })),
    );
  }
  const trow = isTrowFile(value);
  // Of two entries for the same, theirs is the first, and with Trow the last.
  return written(
    withoutRepeats(trow ? fromTrowFile(value) : fromGoFile(value), trow ? 'last' : 'first'),
    trow ? 'Trow' : 'the Go project',
  );
}

function withoutRepeats(draft: FileDraft, counts: 'first' | 'last'): FileDraft {
  const sound = draft.registries.filter(({ fields }) => Object.keys(fields).length > 0);
  const notes = draft.registries.filter((entry) => !sound.includes(entry)).flatMap((entry) => entry.notes);
  const byName = new Map<string, Draft>();
  const repeated: string[] = [];
  for (const entry of sound) {
    const name = holdsFor(entry);
    const other = byName.get(name);
    const [kept, dropped] = counts === 'last' || other === undefined ? [entry, other] : [other, entry];
    byName.set(name, kept);
    if (dropped !== undefined) {
      repeated.push(note('registries', [dropped.fields], 'another entry for the same registry counted'));
    }
  }
  return { ...draft, notes: [...draft.notes, ...notes, ...repeated], registries: [...byName.values()] };
}

function holdsFor({ fields }: Draft): string {
  const { name, path_prefix: prefix } = fields;
  if (typeof name !== 'string') return '';
  const part = `/${typeof prefix === 'string' ? prefix : ''}`;
  try {
    return parseRegistryHost(name) + part;
  } catch {
    return name + part;
  }
}

function written({ fields, notes, registries }: FileDraft, from: string): string {
  const entries = registries.map((entry) => entry.fields);
  const document = new Document({ ...fields, ...(entries.length > 0 && { registries: entries }) });
  document.commentBefore = commented([
    `Made from the configuration of ${from} by \`config convert\`.`,
    ...notes,
  ]);
  const list = document.get('registries');
  for (const [index, { notes: own }] of registries.entries()) {
    const item: unknown = isSeq(list) ? list.items[index] : undefined;
    if (isMap(item) && own.length > 0) item.commentBefore = commented(own);
  }
  return document.toString({ lineWidth: 0 });
}

function commented(notes: readonly string[]): string {
  return notes.join('\n').replaceAll(/^/gm, ' ');
}
