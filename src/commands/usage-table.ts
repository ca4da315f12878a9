// The tables of `du`: what registries and repositories name, and what that comes to.
import type { Bytes, Share, Usage } from '../registry/usage.ts';
import { humanSize } from './human-size.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

interface Named extends Share {
  readonly name: string;
}

interface Part extends Bytes {
  readonly name: string;
}

const shareColumns: readonly Column<Named>[] = [
  { title: 'REPOSITORY', cell: ({ name }) => name },
  { title: 'BLOBS', right: true, cell: ({ blobs }) => String(blobs) },
  { title: 'UNIQUE', right: true, cell: ({ unique }) => humanSize(unique) },
  { title: 'SHARED', right: true, cell: ({ shared }) => humanSize(shared) },
];

const partColumns: readonly Column<Part>[] = [
  { title: 'NAMED BY', cell: ({ name }) => name },
  { title: 'BLOBS', right: true, cell: ({ blobs }) => String(blobs) },
  { title: 'SIZE', right: true, cell: ({ bytes }) => humanSize(bytes) },
];

/** A registry's line comes before those of its repositories. */
export function usageTable({ registries, unique, shared, unreferenced, total, partial }: Usage): string {
  const now = new Date();
  const shares = registries.flatMap(({ registry, repositories, ...share }): readonly Named[] => [
    { name: registry, ...share },
    ...repositories.map(({ repository, ...own }) => ({ name: `  ${registry}/${repository}`, ...own })),
  ]);
  const parts: readonly Part[] = [
    { name: 'one repository', ...unique },
    { name: 'several', ...shared },
    { name: 'nothing', ...unreferenced },
    { name: 'total', ...total },
  ];
  const unfinished =
    partial.blobs === 0
      ? ''
      : `\nunfinished downloads: ${partial.blobs}, of ${humanSize(partial.bytes)}, not in the total\n`;
  const named = shares.length === 0 ? '' : `${table(shareColumns, shares, now)}\n`;
  return `${named}${table(partColumns, parts, now)}${unfinished}`;
}
