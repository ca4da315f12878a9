// The configuration file: YAML, either a mapping of settings or the bare list of registries that older ones are.
import { readFileSync } from 'node:fs';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { issueText, keysAt, pathText, unknownKey } from './issue.ts';
import type { Mistake } from './mistake.ts';
import { fileProblem } from './pem-file.ts';
import { settingsSchema } from './schema.ts';
import type { Settings } from './schema.ts';
import { parseYaml } from './yaml-document.ts';
import type { Fault } from './yaml-document.ts';

export interface FileSettings {
  readonly settings: Settings;
  readonly mistakes: readonly Mistake[];
}

/** Reads a file that was named, which must therefore be there. */
export function readConfigFile(file: string): FileSettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return {
      settings: {},
      mistakes: [{ place: `config file ${file}`, message: fileProblem(error), usage: false }],
    };
  }
  return parseConfigFile(text, file);
}

/** The settings in a file's text, and every mistake with its line and column. */
export function parseConfigFile(text: string, file: string): FileSettings {
  const { settings, faults } = check(text);
  const inOrder = faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
  return {
    settings,
    mistakes: inOrder.map(({ line, column, message }) => ({
      place: `${file}:${line}:${column}`,
      message,
      usage: false,
    })),
  };
}

function check(text: string): { readonly settings: Settings; readonly faults: readonly Fault[] } {
  const document = parseYaml(text);
  if (document.faults.length > 0) return { settings: {}, faults: document.faults };

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
  for (const { index, first } of repeatedRegistries(written)) {
    const { line } = document.place(inFile(['registries', first, 'name']), 'value');
    const place = document.place(inFile(['registries', index, 'name']), 'value');
    faults.push({ ...place, message: `this registry already has an entry, on line ${line}` });
  }
  return { settings: parsed.data ?? {}, faults };
}

/** Looked for apart from the schema, which stops looking where an entry has another mistake. */
function repeatedRegistries(written: unknown): { readonly index: number; readonly first: number }[] {
  const registries: unknown = isObject(written) && 'registries' in written ? written.registries : undefined;
  if (!Array.isArray(registries)) return [];
  const firsts = new Map<string, number>();
  const repeated: { readonly index: number; readonly first: number }[] = [];
  for (const [index, entry] of (registries as readonly unknown[]).entries()) {
    const holdsFor = holdingFor(entry);
    if (holdsFor === undefined) continue;
    const first = firsts.get(holdsFor);
    if (first === undefined) firsts.set(holdsFor, index);
    else repeated.push({ index, first });
  }
  return repeated;
}

/** What an entry holds for: its registry, or a part of it. */
function holdingFor(entry: unknown): string | undefined {
  if (typeof entry !== 'object' || entry === null || !('name' in entry) || typeof entry.name !== 'string')
    return;
  try {
    const prefix = 'path_prefix' in entry && typeof entry.path_prefix === 'string' ? entry.path_prefix : '';
    return `${parseRegistryHost(entry.name)}/${prefix.replace(/^\/+|\/+$/g, '')}`;
  } catch {
    // The schema says what is wrong with it.
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
