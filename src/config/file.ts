// The configuration file: YAML, either a mapping of settings or the bare list of registries that older ones are.
import { readFileSync } from 'node:fs';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { registryIdentity } from './config.ts';
import type { RegistryEntry } from './config.ts';
import { issueText, keysAt, pathText, unknownKey } from './issue.ts';
import type { Mistake } from './mistake.ts';
import { fileProblem } from './pem-file.ts';
import { settingShape, settingsSchema } from './schema.ts';
import type { Settings } from './schema.ts';
import { parseYaml } from './yaml-document.ts';
import type { Fault, Place } from './yaml-document.ts';

export interface FileSettings {
  readonly settings: Settings;
  /** Those entries of `registries` that have no mistake in them, by their index, whatever else is wrong. */
  readonly entries: ReadonlyMap<number, RegistryEntry>;
  readonly mistakes: readonly Mistake[];
  /** `file:line:column` of what stands at a path of keys and indexes. */
  readonly place: (path: readonly PropertyKey[]) => string;
  /** A mistake that others have found in what stands at a path. */
  readonly mistake: (path: readonly PropertyKey[], message: string) => Mistake;
}

/** Reads a file that was named, which must therefore be there. */
export function readConfigFile(file: string): FileSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const place = `config file ${file}`;
    return {
      settings: {},
      entries: new Map(),
      mistakes: [{ place, message: fileProblem(error), usage: false }],
      place: () => place,
      mistake: (_, message) => ({ place, message, usage: false }),
    };
  }
  return parseConfigFile(text, file);
}

/** The settings in a file's text, and every mistake with its line and column. */
export function parseConfigFile(text: string, file: string): FileSettings {
  const { settings, entries, faults, inFile, place: placeOf } = check(text);
  const place = (path: readonly PropertyKey[]): string => {
    const { line, column } = placeOf(inFile(path));
    return `${file}:${line}:${column}`;
  };
  const inOrder = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    settings,
    entries,
    mistakes: inOrder.map(({ line, column, message }) => ({
      place: `${file}:${line}:${column}`,
      message,
      usage: false,
    })),
    place,
    mistake: (path, message) => ({
      place: place(path),
      message: `${pathText(inFile(path))} ${message}`,
      usage: false,
    }),
  };
}

interface Checked extends Pick<FileSettings, 'settings' | 'entries'> {
  readonly faults: readonly Fault[];
  /** The path in the file of a setting's path. */
  readonly inFile: (path: readonly PropertyKey[]) => readonly PropertyKey[];
  readonly place: (path: readonly PropertyKey[]) => Place;
}

function check(text: string): Checked {
  const document = parseYaml(text);
  if (document.faults.length > 0) {
    const place = (path: readonly PropertyKey[]): Place => document.place(path, 'value');
    return { settings: {}, entries: new Map(), faults: document.faults, inFile: (path) => path, place };
  }

  const bareList = Array.isArray(document.value);
  const written = bareList ? { registries: document.value } : (document.value ?? {});
  const inFile = (path: readonly PropertyKey[]): readonly PropertyKey[] => (bareList ? path.slice(1) : path);

  const parsed = settingsSchema.safeParse(written, { error: issueText });
  const faults: Fault[] = [];
  for (const issue of parsed.error?.issues ?? []) {
    const path = inFile(issue.path);
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(settingsSchema, issue.path);
      for (const key of issue.keys) {
        faults.push({ ...document.place([...path, key], 'key'), message: unknownKey(key, path, known) });
      }
    } else {
      const subject = path.length === 0 ? 'the file' : pathText(path);
      faults.push({ ...document.place(path, 'value'), message: `${subject} ${issue.message}` });
    }
  }
  for (const { index, first, holdsForPart } of repeatedRegistries(written)) {
    const { line } = document.place(inFile(['registries', first, 'name']), 'value');
    const place = document.place(inFile(['registries', index, 'name']), 'value');
    const part = holdsForPart ? ' with this path_prefix' : '';
    faults.push({ ...place, message: `this registry already has an entry${part}, on line ${line}` });
  }
  return {
    settings: parsed.data ?? {},
    entries: soundEntries(written),
    faults,
    inFile,
    place: (path) => document.place(path, 'value'),
  };
}

function soundEntries(written: unknown): ReadonlyMap<number, RegistryEntry> {
  const sound = new Map<number, RegistryEntry>();
  for (const [index, entry] of writtenEntries(written).entries()) {
    const parsed = settingShape.registries.element.safeParse(entry);
    if (parsed.success) sound.set(index, parsed.data);
  }
  return sound;
}

function writtenEntries(written: unknown): readonly unknown[] {
  const registries: unknown = isObject(written) && 'registries' in written ? written.registries : undefined;
  return Array.isArray(registries) ? registries : [];
}

interface Repeated {
  readonly index: number;
  readonly first: number;
  /** Whether both are for a part of the registry. */
  readonly holdsForPart: boolean;
}

/** Looked for apart from the schema, which stops looking where an entry has another mistake. */
function repeatedRegistries(written: unknown): readonly Repeated[] {
  const firsts = new Map<string, number>();
  const repeated: Repeated[] = [];
  for (const [index, entry] of writtenEntries(written).entries()) {
    const holdsFor = holdingFor(entry);
    if (holdsFor === undefined) continue;
    const first = firsts.get(holdsFor);
    if (first === undefined) firsts.set(holdsFor, index);
    else repeated.push({ index, first, holdsForPart: !holdsFor.endsWith('/') });
  }
  return repeated;
}

/** What an entry holds for: its registry, or a part of it. */
function holdingFor(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('name' in entry) || typeof entry.name !== 'string')
    return;
  try {
    const prefix = 'path_prefix' in entry && typeof entry.path_prefix === 'string' ? entry.path_prefix : '';
    const plain =
      'scheme' in entry && typeof entry.scheme === 'string' && entry.scheme.toLowerCase() === 'http';
    const registry = registryIdentity(parseRegistryHost(entry.name), plain ? 'http' : 'https');
    return `${registry}/${prefix.replace(/^\/+|\/+$/g, '')}`;
  } catch {
    // The schema says what is wrong with it.
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
