import { expect, test } from 'vitest';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { parseImageName } from '../oci/image-name.ts';
import { repositoryId } from '../memcache/repository-id.ts';
import type { InspectedNode } from '../registry/inspect.ts';
import { inspectText } from './inspect-text.ts';

const now = new Date('2026-11-21T12:00:00Z');
const digest = digestOf('a');
const short = digest.slice(0, 19);

function node(part: InspectedNode['part'], more: Partial<InspectedNode> = {}): InspectedNode {
  return { part, digest, mediaType: mediaTypes.octetStream, size: 1200, cached: 1200, ...more };
}

test('an image', () => {
  const amd64 = node('manifest', {
    platform: 'linux/amd64',
    children: [node('config'), node('layer', { cached: 7 })],
  });
  const { cached: _cached, ...absent } = node('manifest', { platform: 'linux/arm64' });
  const text = inspectText(
    {
      kind: 'manifest',
      digest,
      names: ['docker.io/library/nginx:1.29', 'docker.io/library/nginx:latest'],
      parents: [],
      public: true,
      created: '2026-11-21T09:30:00Z',
      complete: true,
      tree: node('index', {
        children: [amd64, absent],
        referrers: [node('manifest', { artifactType: 'application/x', children: [node('layer')] })],
      }),
    },
    now,
  );
  expect(text.replaceAll(digest, 'DIGEST').replaceAll(short, 'SHORT')).toBe(
    `
digest      DIGEST
names       docker.io/library/nginx:1.29
            docker.io/library/nginx:latest
public      yes
created     2h ago
pulled      -
complete    yes

index  SHORT  1.2 kB  cached
├─ linux/amd64  manifest  SHORT  1.2 kB  cached
│  ├─ config  SHORT  1.2 kB  cached
│  └─ layer  SHORT  1.2 kB  7 bytes of 1200 are cached
├─ linux/arm64  manifest  SHORT  1.2 kB  not cached
└─ referrer  manifest  SHORT  1.2 kB  cached  application/x
   └─ layer  SHORT  1.2 kB  cached
`.slice(1),
  );
});

test('a blob', () => {
  const { registry, repository } = parseImageName('nginx');
  const text = inspectText(
    {
      kind: 'blob',
      digest,
      cached: 1200,
      public: false,
      repositories: [repositoryId(registry, repository)],
      referredBy: [{ digest, part: 'layer', names: ['docker.io/library/nginx:1.29'] }],
    },
    now,
  );
  expect(text.replaceAll(digest, 'DIGEST').replaceAll(short, 'SHORT')).toBe(
    `
digest      DIGEST
cached      1.2 kB
public      no
linked to   docker.io/library/nginx
named as    layer of SHORT  docker.io/library/nginx:1.29
`.slice(1),
  );
});
