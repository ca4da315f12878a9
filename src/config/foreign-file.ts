// A file of another program, read as text throughout, and what it becomes: settings of ours, and notes on the rest.
import { stringify } from 'yaml';
import { foreignKey } from './foreign-key.ts';
import type { ForeignKey, KeyPlace } from './foreign-key.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A mapping in our keys, and for whoever reads it what could not be said in them. */
export interface Draft {
  readonly fields: Fields;
  readonly notes: readonly string[];
}

export interface FileDraft extends Draft {
  readonly registries: readonly Draft[];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** In those files an empty text says the same as none. */
export function filledFields(value: unknown): Fields {
  if (!isFields(value)) return {};
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== ''));
}

/** What was written, and why it is not there any more. */
export function note(key: string, value: unknown, why: string): string {
  const written = stringify({ [key]: value }).trimEnd();
  return `${why}:\n${written.replaceAll(/^/gm, '  ')}`;
}

/**
 * Puts the keys of a mapping into ours: those that we have too stay, those that are called otherwise are renamed, and
 * the others become notes.
 */
export function translated(
  fields: Fields,
  {
    place,
    project,
    same,
  }: {
    readonly place: KeyPlace;
    readonly project: ForeignKey['project'];
    readonly same: readonly string[];
  },
): Draft {
  const kept: Record<string, unknown> = {};
  const notes: string[] = [];
  for (const [key, value] of Object.entries(fields)) {
    const foreign = foreignKey(place, key, project);
    if (foreign?.ours !== undefined) kept[foreign.ours] = plain(value, place);
    else if (same.includes(key)) kept[key] = plain(value, place);
    else notes.push(note(key, value, foreign?.why ?? `neither ${project} nor this server has such a key`));
  }
  return { fields: kept, notes };
}

/** Text that means a truth or a number is written without quotes again; passwords and names are text. */
function plain(value: unknown, place: KeyPlace): unknown {
  if (typeof value !== 'string' || place === 'auth') return value;
  if (/^(?:true|false)$/i.test(value)) return value.toLowerCase() === 'true';
  return place === 'file' && /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : value;
}
