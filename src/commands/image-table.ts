// The table of cached images that people read.
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { ImageRow } from '../registry/list.ts';

const SHORT_HEX = 12;
const SHOWN_PLATFORMS = 3;

interface Column {
  readonly title: string;
  readonly right?: true;
  readonly cell: (row: ImageRow, now: Date) => string;
}

const columns: readonly Column[] = [
  {
    title: 'IMAGE',
    cell: ({ registry, repository, tag }) => `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}`,
  },
  {
    title: 'DIGEST',
    cell: ({ digest }) => `${digestAlgorithm(digest)}:${digestHex(digest).slice(0, SHORT_HEX)}`,
  },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'PLATFORMS', cell: ({ platforms }) => shortList(platforms) },
  { title: 'SIZE', right: true, cell: ({ size }) => humanSize(size) },
  { title: 'CREATED', cell: ({ created }, now) => age(created, now) },
  { title: 'PULLED', cell: ({ lastPulled }, now) => age(lastPulled, now) },
  { title: 'COMPLETE', cell: ({ complete }) => (complete ? 'yes' : 'no') },
];

/** Aligned columns under their titles, in the order of the rows; ages are counted to `now`. */
export function imageTable(rows: readonly ImageRow[], now: Date): string {
  const lines = rows.map((row) => columns.map(({ cell }) => cell(row, now)));
  const all = [columns.map(({ title }) => title), ...lines];
  const widths = columns.map((_, column) => Math.max(...all.map((cells) => cells[column]?.length ?? 0)));
  const text = all.map((cells) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return columns[column]?.right ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return `${text.join('\n')}\n`;
}

function shortList(items: readonly string[]): string {
  if (items.length === 0) return '-';
  const more = items.length - SHOWN_PLATFORMS;
  return items.slice(0, SHOWN_PLATFORMS).join(',') + (more > 0 ? `,+${more}` : '');
}

/** In powers of 1000, as registries and their clients count. */
function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = bytes;
  let unit = 0;
  // Not 1000: 999.95 would be written as 1000.0.
  while (size >= 999.95 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `3h ago`; a time to come is a clock that was set back, and counts as now. */
function age(time: string | undefined, now: Date): string {
  if (time === undefined) return '-';
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / 60_000));
  if (Number.isNaN(minutes)) return '-';
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes}m ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}h ago`;
  return `${Math.floor(minutes / (24 * 60))}d ago`;
}
