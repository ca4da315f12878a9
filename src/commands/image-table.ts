// The table of cached images that people read.
import type { ImageRow } from '../registry/list.ts';
import { humanSize } from './human-size.ts';
import { shortDigest } from './short-digest.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';

const SHOWN_PLATFORMS = 3;

const columns: readonly Column<ImageRow>[] = [
  {
    title: 'IMAGE',
    cell: ({ registry, repository, tag }) => `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}`,
  },
  {
    title: 'DIGEST',
    cell: ({ digest }) => shortDigest(digest),
  },
  { title: 'KIND', cell: ({ kind }) => kind },
  { title: 'PLATFORMS', cell: ({ platforms }) => shortList(platforms) },
  { title: 'SIZE', right: true, cell: ({ size }) => humanSize(size) },
  { title: 'OWN', right: true, cell: ({ own }) => humanSize(own) },
  { title: 'CREATED', cell: ({ created }, now) => age(created, now) },
  { title: 'PULLED', cell: ({ lastPulled }, now) => age(lastPulled, now) },
  { title: 'PINNED', cell: ({ pinned }) => (pinned ? 'yes' : '-') },
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
