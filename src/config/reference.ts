// The reference of the configuration file, as Markdown, from the schema that reads it.
import { z } from 'zod';
import { configKey, settingShape } from './schema.ts';
import { formatDuration } from './duration.ts';
import { unwrapped } from './issue.ts';
import { fileSettings, settings } from './setting.ts';
import type { Setting } from './setting.ts';

/** The settings, and then what those can say that are no single value. */
export function reference(): string {
  return [
    table(
      ['key', 'default', 'meaning'],
      [
        ...settings.map(settingRow),
        ...fileSettings.map((key) => [`\`${key}\``, '', descriptionOf(settingShape[key])]),
      ],
    ),
    ...fileSettings.flatMap((key) => {
      const setting = settingShape[key];
      const isList = setting instanceof z.ZodArray;
      return [
        isList ? `## An entry of \`${key}\`` : `## \`${key}\``,
        table(['key', 'meaning'], rowsOf(isList ? setting.element : setting, '').map(partRow)),
      ];
    }),
  ].join('\n\n');
}

function partRow({ path, meaning, required }: Row): readonly string[] {
  return [`\`${path}\``, required ? `Required. ${meaning}` : meaning];
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
