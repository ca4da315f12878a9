import { expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { parseTag } from '../oci/reference.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import type { ImageRow } from '../registry/list.ts';
import { imageTable } from './image-table.ts';

const now = new Date('2026-11-21T12:00:00Z');

function row(repository: string, tag: string | undefined, more: Partial<ImageRow>): ImageRow {
  return {
    registry: parseRegistryHost('docker.io'),
    repository: parseRepositoryName(repository),
    ...(tag !== undefined && { tag: parseTag(tag) }),
    digest: digestOf(repository),
    mediaType: 'application/vnd.oci.image.index.v1+json',
    kind: 'index',
    platforms: ['linux/amd64'],
    size: 0,
    own: 0,
    shared: 0,
    pinned: false,
    created: '2026-11-21T11:59:30Z',
    complete: true,
    ...more,
  };
}

test('the table is aligned, and short where the exact value would not help', () => {
  const rows = [
    row('library/nginx', '1.27', {
      platforms: ['linux/amd64', 'linux/arm64/v8', 'linux/arm/v7', 'linux/386', 'linux/s390x'],
      size: 73_123_456,
      own: 60_000_000,
      shared: 13_123_456,
      pinned: true,
      created: '2026-11-09T12:00:00Z',
      lastPulled: '2026-11-21T09:30:00Z',
    }),
    row('library/busybox', 'latest', { size: 999_960, lastPulled: '2026-11-21T11:18:00Z', complete: false }),
    row('team/a/deep/chart', undefined, {
      registry: parseRegistryHost('registry.example.test:5000'),
      kind: 'opaque',
      platforms: [],
      size: 812,
      created: '2027-01-01T00:00:00Z',
      digest: digestOf('chart', 'sha512'),
    }),
  ];
  expect(imageTable(rows, now)).toBe(
    `
IMAGE                                         DIGEST               KIND    PLATFORMS                                      SIZE      OWN  CREATED  PULLED   PINNED  COMPLETE
docker.io/library/nginx:1.27                  sha256:3d6726de3c32  index   linux/amd64,linux/arm64/v8,linux/arm/v7,+2  73.1 MB  60.0 MB  12d ago  2h ago   yes     yes
docker.io/library/busybox:latest              sha256:97dbcfa7dab4  index   linux/amd64                                  1.0 MB      0 B  now      42m ago  -       no
registry.example.test:5000/team/a/deep/chart  sha512:825d952ec6c4  opaque  -                                             812 B      0 B  now      -        -       yes
`.slice(1),
  );
});
