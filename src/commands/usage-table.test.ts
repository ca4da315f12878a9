import { expect, test } from 'vitest';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import type { Usage } from '../registry/usage.ts';
import { usageTable } from './usage-table.ts';

const usage: Usage = {
  registries: [
    {
      registry: parseRegistryHost('docker.io'),
      blobs: 5,
      unique: 73_100_000,
      shared: 0,
      repositories: [
        {
          repository: parseRepositoryName('library/nginx'),
          blobs: 4,
          unique: 43_100_000,
          shared: 29_000_000,
        },
        { repository: parseRepositoryName('library/redis'), blobs: 2, unique: 1_000_000, shared: 29_000_000 },
      ],
    },
  ],
  unique: { blobs: 4, bytes: 44_100_000 },
  shared: { blobs: 1, bytes: 29_000_000 },
  unreferenced: { blobs: 1, bytes: 812 },
  total: { blobs: 6, bytes: 73_100_812 },
  partial: { blobs: 2, bytes: 5_000_000 },
};

test('the tables', () => {
  expect(usageTable(usage)).toBe(
    `
REPOSITORY                 BLOBS   UNIQUE   SHARED
docker.io                      5  73.1 MB      0 B
  docker.io/library/nginx      4  43.1 MB  29.0 MB
  docker.io/library/redis      2   1.0 MB  29.0 MB

NAMED BY        BLOBS     SIZE
one repository      4  44.1 MB
several             1  29.0 MB
nothing             1    812 B
total               6  73.1 MB

unfinished downloads: 2, of 5.0 MB, not in the total
`.slice(1),
  );
});
