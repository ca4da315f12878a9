// The reference of the configuration file, as Markdown, from the schema that reads it.
import { z } from 'zod';
import { configKey, settingShape } from './schema.ts';
import { formatDuration } from './duration.ts';
import { unwrapped } from './issue.ts';
import { settings } from './setting.ts';
import type { Setting } from './setting.ts';

/** Two tables: the settings, and what an entry of `registries` can say. */
export function reference(): string {
  const entries = rowsOf(settingShape.registries.element, '');
  return [
    table(
      ['key', 'default', 'meaning'],
      [
        ...settings.map(settingRow),
        ['`server_tls`', '', descriptionOf(settingShape.server_tls)],
        ...rowsOf(settingShape.server_tls, 'server_tls').map((row) => [code(row.path), '', meaningOf(row)]),
        ['`registries`', '', descriptionOf(settingShape.registries)],
      ],
    ),
    '## An entry of `registries`',
    table(
      ['key', 'meaning'],
      entries.map((row) => [code(row.path), meaningOf(row)]),
    ),
  ].join('\n\n');
}

function settingRow({ key, description, default: standard }: Setting): readonly string[] {
  const inWords = (value: string | number | boolean): string =>
    typeof value === 'number' && configKey[key].endsWith('Ms') ? formatDuration(value) : String(value);
  const shown = standard === undefined || standard === '' ? '' : `\`${inWords(standard)}\``;
  return [`\`${key}\``, shown, description];
}

interface Row {
  readonly path: string;
  readonly meaning: string;
  readonly required: boolean;
}

function code(text: string): string {
  return `\`${text}\``;
}

function meaningOf({ meaning, required }: Row): string {
  return required ? `Required. ${meaning}` : meaning;
}

/** The keys of a mapping, each followed by those of the mapping that it holds. */
function rowsOf(schema: z.core.$ZodType, prefix: string): readonly Row[] {
  const bare = unwrapped(schema);
  if (bare instanceof z.ZodArray) return rowsOf(bare.element, `${prefix}[]`);
  if (!(bare instanceof z.ZodObject)) return [];
  const shape = bare.shape as Readonly<Record<string, z.ZodType>>;
  return Object.entries(shape).flatMap(([key, value]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    const row = { path, meaning: descriptionOf(value), required: !(value instanceof z.ZodOptional) };
    return [row, ...rowsOf(value, path)];
  });
}

function descriptionOf(schema: z.core.$ZodType): string {
  const own = z.globalRegistry.get(schema)?.description;
  if (own !== undefined) return own;
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : unwrapped(schema);
  return inner === schema ? '' : descriptionOf(inner);
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line)].join('\n');
}
