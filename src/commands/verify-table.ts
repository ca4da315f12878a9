// What `verify` found, as people read it.
import type { Fault, VerifyReport } from '../registry/verify.ts';
import type { Refetch } from '../transfer/refetch.ts';
import { counted } from './counted.ts';
import { shortDigest } from './short-digest.ts';
import { table } from './table.ts';
import type { Column } from './table.ts';

interface Line {
  readonly image: string;
  readonly complete: string;
  readonly missing: string;
}

const columns: readonly Column<Line>[] = [
  { title: 'IMAGE', cell: ({ image }) => image },
  { title: 'COMPLETE', cell: ({ complete }) => complete },
  { title: 'MISSING', cell: ({ missing }) => missing },
];

/** Of one image; the JSON has them all. */
const SHOWN_FAULTS = 10;

/** A line for each image, one more for each further fault of it, and the sum. */
export function verifyTable({ images, blobs }: VerifyReport): string {
  const lines = images.flatMap(({ image, complete, faults }): readonly Line[] => {
    const shown = faults.slice(0, SHOWN_FAULTS).map(faultText);
    if (faults.length > shown.length) shown.push(`and ${faults.length - shown.length} more; see --json`);
    const [first = '-', ...others] = shown;
    return [
      { image, complete: complete ? 'yes' : 'no', missing: first },
      ...others.map((missing) => ({ image: '', complete: '', missing })),
    ];
  });
  const whole = images.filter(({ complete }) => complete).length;
  const sum =
    images.length === 0
      ? 'nothing is cached\n'
      : `${table(columns, lines, new Date())}\n${whole} of ${counted(images.length, 'image')} complete\n`;
  return sum + blobs.map((fault) => `named by no image that was verified: ${faultText(fault)}\n`).join('');
}

/** What was fetched again, and what could not be. */
export function refetchText(refetched: readonly Refetch[]): string {
  const lines = refetched.map(({ image, part, digest, platform, error }) => {
    const what = [platform && `${platform}:`, part, digest && shortDigest(digest)].filter(Boolean).join(' ');
    const of = image === undefined ? what : `${image}: ${what}`;
    return error === undefined ? `fetched again: ${of}\n` : `not fetched: ${of}: ${error}\n`;
  });
  return lines.join('');
}

/** As in `linux/arm64: layer sha256:3d6726de3c32 is not cached`. */
export function faultText(fault: Fault): string {
  const { part, digest, platform, size, cached } = fault;
  const what = digest === undefined ? part : `${part} ${shortDigest(digest)}`;
  const on = platform === undefined ? '' : `${platform}: `;
  switch (fault.fault) {
    case 'unknown':
      return 'the tag is not known: it was never pulled or loaded by its tag';
    case 'missing':
      return `${on}${what} is not cached`;
    case 'not-linked':
      return `${on}${what} is private, and its registry has not confirmed it for this repository`;
    case 'wrong-size':
      return `${on}${what} has ${cached ?? 0} bytes of ${size ?? 0}`;
    case 'damaged':
      return `${on}${what} is damaged${fault.setAside === true ? ' and was set aside' : ', and cannot be set aside'}`;
    case 'unreadable':
      return `${on}${what} cannot be read`;
    case 'no-platform':
      return `${platform ?? ''} is not in the index`;
    case 'no-platform-cached':
      return 'no platform of the index is cached';
    case 'unchecked':
      return `${on}${what} is of schema 1, whose layers nobody can check`;
  }
}
