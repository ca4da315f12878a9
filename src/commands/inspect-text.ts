// The tree of an image, and the facts of a blob, as people read them.
import type { Inspected, InspectedBlob, InspectedImage, InspectedNode } from '../registry/inspect.ts';
import { humanSize } from './human-size.ts';
import { shortDigest } from './short-digest.ts';
import { age } from './table.ts';

/** Ages are counted to `now`. */
export function inspectText(found: Inspected, now: Date): string {
  const lines = found.kind === 'blob' ? blobLines(found) : imageLines(found, now);
  return `${lines.join('\n')}\n`;
}

function imageLines(image: InspectedImage, now: Date): readonly string[] {
  return [
    ...fact('digest', [image.digest]),
    ...fact('names', image.names),
    ...fact('in indexes', image.parents),
    ...fact('subject', image.subject === undefined ? [] : [image.subject]),
    ...fact('public', [yesNo(image.public)]),
    ...fact('created', [age(image.created, now)]),
    ...fact('pulled', [age(image.lastPulled, now)]),
    ...fact('complete', image.complete === undefined ? [] : [yesNo(image.complete)]),
    '',
    nodeText(image.tree),
    ...branches(image.tree, ''),
  ];
}

function blobLines(blob: InspectedBlob): readonly string[] {
  const referrers = blob.referredBy.map(
    ({ part, digest, names }) => `${part} of ${shortDigest(digest)}  ${names.join(', ')}`,
  );
  return [
    ...fact('digest', [blob.digest]),
    ...fact('cached', [blob.cached === undefined ? 'no' : humanSize(blob.cached)]),
    ...fact('public', [yesNo(blob.public)]),
    ...fact('linked to', blob.repositories.length === 0 ? ['no repository'] : blob.repositories),
    ...fact('named as', referrers.length === 0 ? ['nothing'] : referrers),
  ];
}

/** A name and its values, one under the other. */
function fact(name: string, values: readonly string[]): readonly string[] {
  return values.map((value, index) => `${(index === 0 ? name : '').padEnd(12)}${value}`);
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}

function nodeText(node: InspectedNode): string {
  const { part, digest, platform, artifactType, size, cached, repeated } = node;
  const state =
    cached === undefined
      ? 'not cached'
      : cached === size
        ? 'cached'
        : `${cached} bytes of ${size} are cached`;
  return [
    ...(platform === undefined ? [] : [platform]),
    part,
    shortDigest(digest),
    humanSize(size),
    state,
    ...(artifactType === undefined ? [] : [artifactType]),
    ...(repeated === true ? ['(see above)'] : []),
  ].join('  ');
}

function branches({ children = [], referrers = [] }: InspectedNode, indent: string): readonly string[] {
  const all = [
    ...children.map((node) => ({ node, text: nodeText(node) })),
    ...referrers.map((node) => ({ node, text: `referrer  ${nodeText(node)}` })),
  ];
  return all.flatMap(({ node, text }, index) => {
    const isLast = index === all.length - 1;
    return [
      `${indent}${isLast ? '└─ ' : '├─ '}${text}`,
      ...branches(node, `${indent}${isLast ? '   ' : '│  '}`),
    ];
  });
}
