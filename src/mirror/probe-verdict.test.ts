// What real clients say of a probe, and what that proves.
import { expect, test } from 'vitest';
import { probeVerdict } from './probe-verdict.ts';
import { parseServerAddress } from './server-address.ts';

const server = parseServerAddress('http://10.0.0.5:8080');
const image = 'ociregistry-doctor.invalid/a1b2:latest';

test.each([
  {
    name: 'containerd 1.6',
    output: `ctr: failed to resolve reference "${image}": pulling from host 10.0.0.5:8080 failed with status code [manifests latest]: 400 Bad Request`,
    proven: true,
    says: 'came to 10.0.0.5:8080',
  },
  {
    name: 'containerd 2',
    output: `failed to resolve image: unexpected status from HEAD request to http://10.0.0.5:8080/v2/a1b2/manifests/latest?ns=x: 400 Bad Request`,
    proven: true,
    says: 'came to',
  },
  {
    name: 'podman',
    output:
      'reading manifest latest in 10.0.0.5:8080/quay.io/x: name invalid: ociregistry was asked for quay.io/x: …',
    proven: true,
    says: 'came to',
  },
  {
    name: 'nothing listens',
    output: 'Head "http://10.0.0.5:8080/v2/": dial tcp 10.0.0.5:8080: connect: connection refused',
    proven: false,
    says: 'nothing listens there',
  },
  {
    name: 'another server',
    output: 'pulling from host 10.0.0.5:8080 failed with status code: 503 Service Unavailable',
    proven: false,
    says: 'asks 10.0.0.5:8080, without avail',
  },
  {
    name: 'past the server',
    output: `Head "https://ociregistry-doctor.invalid/v2/": no such host`,
    proven: false,
    says: 'does not ask the server',
  },
  {
    name: 'another one’s refusal',
    output: 'unexpected status from HEAD request to https://10.0.0.6/v2/: 400 Bad Request',
    proven: false,
    says: 'does not ask the server',
  },
])('$name', ({ output, proven, says }) => {
  const verdict = probeVerdict(output, server);
  expect(verdict.proven).toBe(proven);
  expect(verdict.says).toContain(says);
});
