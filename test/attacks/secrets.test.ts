// Canary secrets are in nothing that is told: the admin API, the metrics, the files on the disk, the errors.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { askAdmin } from '../admin-client.ts';
import { openFrontDoor, plainEntry } from '../front-door.ts';
import type { FrontDoor } from '../front-door.ts';
import { operations } from './contract.ts';

const canary = 'canary-4711';
const encoded = Buffer.from(`robot:${canary}`).toString('base64');
const auth = { user: 'robot', password: canary };

/** Everything that can be asked of the server without a body, and everything that it has written. */
async function told(door: FrontDoor): Promise<ReadonlyMap<string, string>> {
  const all = new Map<string, string>();
  const socket = join(door.imagePath, 'admin.sock');
  for (const { method, path, tags } of operations) {
    if (method !== 'GET' || tags.some((tag) => ['pull', 'discovery'].includes(tag))) continue;
    const answer = await askAdmin(
      socket,
      path.endsWith('inspect') ? `${path}?reference=${door.mock.host}/app:v1` : path,
    );
    all.set(path, answer.text);
  }
  // What is under way comes and goes.
  await door.stop();
  for (const entry of await readdir(door.imagePath, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) all.set(file, await readFile(file, 'latin1'));
  }
  return all;
}

test.each([
  ['all is well', () => undefined],
  ['credentials are refused', (door: FrontDoor) => door.mock.on().always().status(401)],
  [
    'the registry repeats them',
    (door: FrontDoor) =>
      door.mock
        .on()
        .always()
        .status(500, {
          body: JSON.stringify({ errors: [{ code: 'X', message: 'no' }] }),
          headers: { 'X-Was': canary },
        }),
  ],
  [
    'a signed URL leads nowhere',
    (door: FrontDoor) =>
      door.mock
        .on({ operation: 'manifestGet' })
        .always()
        .redirectTo(`http://robot:${canary}@127.0.0.1:1/?X-Amz-Signature=${canary}`),
  ],
  ['the registry is gone', (door: FrontDoor) => door.mock.stop()],
])('in the admin API, the metrics and the files, when %s', async (_, make: (door: FrontDoor) => unknown) => {
  await using other = await startMock();
  await using door = await openFrontDoor(
    { entry: { auth } },
    { auth: { scheme: 'bearer', users: { robot: canary } } },
  );
  await door.restart({
    registries: [
      plainEntry(door.mock.host, { auth }),
      plainEntry(other.host, { auth: { token: canary }, endpoints: [{ url: other.url, style: 'plain' }] }),
    ],
  });
  const image = door.mock.addImage('app', 'v1');
  expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  await make(door);
  const client = { authorization: `Basic ${encoded}`, cookie: canary };
  for (const path of [
    '/v2/app/manifests/v1',
    '/v2/app/manifests/v2',
    `/v2/app/blobs/${image.config?.digest ?? ''}`,
    '/v2/app/tags/list',
  ])
    await door.get(path, client);
  await door.raw(`/v2/app/manifests/v1?ns=${other.host}`, client);
  const all = await told(door);
  expect([...all.keys()]).toContain('/metrics');
  expect(all.get('/admin/v1/upstreams')).toContain(door.mock.host);
  const secrets = [canary, encoded, ...(door.mock.tokens?.issued ?? [])];
  expect(secrets.length).toBeGreaterThan(2);
  const leaks = [...all]
    .filter(([, text]) => secrets.some((secret) => text.includes(secret)))
    .map(([where]) => where);
  expect(leaks).toEqual([]);
});
