// The table of cached images that people read.
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { ImageRow } from '../registry/list.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';

const SHORT_HEX = 12;
const SHOWN_PLATFORMS = 3;

const columns: readonly Column<ImageRow>[] = [
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

/** Ages are counted to `now`. */
export function imageTable(rows: readonly ImageRow[], now: Date): string {
  return table(columns, rows, now);
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
