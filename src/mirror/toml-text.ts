// TOML that others wrote, changed by the line: their comments, order and blanks stay as they are.
import { isDeepStrictEqual } from 'node:util';
import { parse, TomlError } from 'smol-toml';
import type { TomlTable } from 'smol-toml';
import { MirrorError } from './mistake.ts';

/** @throws {MirrorError} when it is no TOML */
export function parseToml(text: string, path: string): TomlTable {
  try {
    // The library's tables have no prototype, and would equal none of ours.
    return structuredClone(parse(text, { integersAsBigInt: 'asNeeded' }));
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const [reason = ''] = cause.message.split('\n');
    throw new MirrorError(`${path}:${cause.line}:${cause.column}: ${reason}; mend it first`, { cause });
  }
}

/** What stands at a path of keys; undefined where nothing does. */
export function tomlAt(table: TomlTable, keys: readonly string[]): unknown {
  return keys.reduce<unknown>((value, key) => (isTable(value) ? value[key] : undefined), table);
}

export function isTable(value: unknown): value is TomlTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

export function tomlString(text: string): string {
  return JSON.stringify(text);
}

/**
 * Sets a string in a table, where the table is, or at the end if there is none.
 * The result is read again: what it says is what the text said before, and this.
 * @throws {MirrorError} when the table is written in a way that no inserted line can extend
 */
export function setTomlString(
  text: string,
  path: string,
  table: readonly string[],
  key: string,
  value: string,
): string {
  const lines = text.split('\n');
  const entry = `${key} = ${tomlString(value)}`;
  const header = tableHeaders(text).find(({ keys }) => isDeepStrictEqual(keys, table));
  const old = parseToml(text, path);
  if (header === undefined) {
    const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
    const name = table.map((part) => (/^[\w-]+$/.test(part) ? part : tomlString(part))).join('.');
    return checked(`${text}${gap}[${name}]\n  ${entry}\n`);
  }
  const body = lines.slice(header.line + 1);
  const end = body.findIndex((line) => /^\s*\[/.test(line));
  const there = body
    .slice(0, end === -1 ? undefined : end)
    .findIndex((line) => new RegExp(`^\\s*["']?${key}["']?\\s*=`).test(line));
  const indent = /^\s*/.exec(lines[header.line] ?? '')?.[0] ?? '';
  if (there === -1) lines.splice(header.line + 1, 0, `${indent}  ${entry}`);
  else {
    const line = header.line + 1 + there;
    lines[line] = `${/^\s*/.exec(lines[line] ?? '')?.[0] ?? ''}${entry}`;
  }
  return checked(lines.join('\n'));

  function checked(changed: string): string {
    if (isDeepStrictEqual(reading(changed), withString(old, table, key, value))) return changed;
    throw new MirrorError(
      `${path}: its table ${table.join('.')} is written in a way that cannot be extended here; put ${entry} into it by hand`,
    );
  }
}

/** The `[table]` lines of a text. A line that only looks like one, within a string, is caught by reading the result. */
export function tableHeaders(
  text: string,
): readonly { readonly line: number; readonly keys: readonly string[] }[] {
  return text.split('\n').flatMap((content, line) => {
    if (!/^\s*\[[^[]/.test(content)) return [];
    const table = reading(content);
    return table === undefined ? [] : [{ line, keys: onlyKeys(table) }];
  });
}

/** What a text says; undefined when it is no TOML. */
export function reading(text: string): TomlTable | undefined {
  try {
    return parseToml(text, '');
  } catch (error) {
    if (error instanceof MirrorError) return undefined;
    throw error;
  }
}

function onlyKeys(table: TomlTable): readonly string[] {
  const [key] = Object.keys(table);
  if (key === undefined) return [];
  const value = table[key];
  return isTable(value) ? [key, ...onlyKeys(value)] : [key];
}

function withString(table: TomlTable, keys: readonly string[], key: string, value: string): TomlTable {
  const [first, ...rest] = keys;
  if (first === undefined) return { ...table, [key]: value };
  const inner = table[first];
  return { ...table, [first]: withString(isTable(inner) ? inner : {}, rest, key, value) };
}
