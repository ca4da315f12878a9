// What a prune did, or would do, as people read it.
import type { PrunedImage, PruneReport } from '../registry/prune.ts';
import { humanSize } from './human-size.ts';
import { shortDigest } from './short-digest.ts';
import { age, table } from './table.ts';
import type { Column } from './table.ts';

const SHOWN_PINNED = 3;

const columns: readonly Column<PrunedImage>[] = [
  { title: 'IMAGE', cell: ({ image }) => image.replace(/@.*/, '') },
  { title: 'DIGEST', cell: ({ digest }) => shortDigest(digest) },
  { title: 'CREATED', cell: ({ created }, now) => age(created, now) },
  { title: 'PULLED', cell: ({ lastPulled }, now) => age(lastPulled, now) },
  { title: 'FREES', right: true, cell: ({ freed }) => humanSize(freed) },
];

/** Ages are counted to `now`. */
export function pruneText(report: PruneReport, now: Date): string {
  const { images, pinned, leftovers, dryRun, freed, size } = report;
  const would = dryRun ? 'would be ' : '';
  const lines = [
    `${countOf(images.length, 'image')} ${would}removed, ${humanSize(freed)} ${would}freed; the cache ${dryRun ? 'would take' : 'takes'} ${humanSize(size)}`,
  ];
  const left = [
    ...(leftovers.blobs > 0 ? [countOf(leftovers.blobs, 'blob')] : []),
    ...(leftovers.partials > 0 ? [countOf(leftovers.partials, 'partial download')] : []),
  ];
  if (left.length > 0)
    lines.push(`of it ${humanSize(leftovers.bytes)} in ${left.join(' and ')} that no image needs`);
  if (pinned.length > 0) {
    const more = pinned.length > SHOWN_PINNED ? ', …' : '';
    lines.push(
      `${countOf(pinned.length, 'pinned image')} ${dryRun ? 'would stay' : 'stayed'}: ${pinned.slice(0, SHOWN_PINNED).join(', ')}${more}`,
    );
  }
  const summary = `${lines.join('\n')}\n`;
  return images.length === 0 ? summary : `${table(columns, images, now)}\n${summary}`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
