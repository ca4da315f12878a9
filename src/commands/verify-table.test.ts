import { expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import type { Fault } from '../registry/verify.ts';
import { faultText, verifyTable } from './verify-table.ts';

const digest = digestOf('layer');

test('the table', () => {
  const layer: Fault = { part: 'layer', fault: 'missing', digest, platform: 'linux/arm64', size: 9 };
  const report = {
    complete: false,
    images: [
      { image: 'docker.io/library/nginx:1.29', digest, complete: true, faults: [] },
      {
        image: 'ghcr.io/a/b:2',
        digest,
        complete: false,
        faults: Array.from({ length: 12 }, () => layer).with(0, { part: 'tag', fault: 'unknown' }),
      },
    ],
    blobs: [{ part: 'blob', fault: 'damaged', digest, size: 9, cached: 9, setAside: true } as const],
  };
  const missing = 'linux/arm64: layer sha256:2ff3e9a3ee1a is not cached';
  const indent = ' '.repeat(40);
  expect(verifyTable(report).replaceAll(digest.slice(0, 19), 'sha256:2ff3e9a3ee1a')).toBe(
    `
IMAGE                         COMPLETE  MISSING
docker.io/library/nginx:1.29  yes       -
ghcr.io/a/b:2                 no        the tag is not known: it was never pulled or loaded by its tag
${`${indent}${missing}\n`.repeat(9)}${indent}and 2 more; see --json

1 of 2 images complete
named by no image that was verified: blob sha256:2ff3e9a3ee1a is damaged and was set aside
`.slice(1),
  );
});

test('nothing to show', () => {
  expect(verifyTable({ complete: true, images: [], blobs: [] })).toBe('nothing is cached\n');
});

test.each<[Fault, string]>([
  [{ part: 'layer', fault: 'wrong-size', digest, size: 10, cached: 4 }, 'has 4 bytes of 10'],
  [{ part: 'config', fault: 'damaged', digest, setAside: false }, 'is damaged, and cannot be set aside'],
  [{ part: 'layer', fault: 'unreadable', digest }, 'cannot be read'],
  [
    { part: 'index', fault: 'no-platform', digest, platform: 'linux/s390x' },
    'linux/s390x is not in the index',
  ],
  [{ part: 'index', fault: 'no-platform-cached', digest }, 'no platform of the index is cached'],
  [{ part: 'manifest', fault: 'unchecked', digest }, 'is of schema 1, whose layers nobody can check'],
  [
    { part: 'layer', fault: 'not-linked', digest },
    'is private, and its registry has not confirmed it for this repository',
  ],
])('%j', (fault, words) => {
  const isOfIndex = fault.part === 'index';
  expect(faultText(fault)).toBe(isOfIndex ? words : `${fault.part} ${digest.slice(0, 19)} ${words}`);
});
