// prune, pin and unpin, as processes: what they print, and how they end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../test/admin-client.ts';
import type { Outcome } from '../../test/admin-client.ts';
import { openFrontDoor } from '../../test/front-door.ts';
import type { FrontDoor } from '../../test/front-door.ts';

let door: FrontDoor;
let image: string;

beforeAll(async () => {
  door = await openFrontDoor();
  const made = ['v1', 'v2', 'v3'].map((tag) => door.mock.addImage('app', tag, { layers: [700] }));
  for (const { tag, blobs } of made) {
    await door.get(`/v2/app/manifests/${tag ?? ''}`);
    for (const { digest } of blobs) await door.get(`/v2/app/blobs/${digest}`);
  }
  await door.stop();
  image = `${door.mock.host}/app`;
});
afterAll(() => door[Symbol.asyncDispose]());

const run = (...args: readonly string[]): Promise<Outcome> =>
  command(...args, '--image-path', door.imagePath);

describe('what was mistaken', () => {
  test.each([
    { args: ['prune', '--older-than', '9'], says: 'It is a duration with its unit, such as 12h or 90d' },
    { args: ['prune', '--not-pulled-since', 'x'], says: 'It is a duration' },
    { args: ['prune', '--max-size', 'x'], says: 'It is a size, such as 50GiB, 50GB or 500M' },
    { args: ['pin'], says: 'name images, or all with --all' },
    { args: ['unpin', 'a', '--all'], says: '--all leaves nothing to name' },
  ])('$args', async ({ args, says }) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });

  test('a directory that is not there', async () => {
    const { status, stderr } = await command('prune', '--image-path', '/nowhere/at/all');
    expect([status, stderr]).toEqual([
      1,
      'ociregistry: image path /nowhere/at/all: there is no such directory; choose another with --image-path\n',
    ]);
  });
});

test('a cache is pruned step by step, and says so', { timeout: 120_000 }, async () => {
  expect(await run('pin', `${image}:v1`, `${image}:v9`)).toEqual({
    status: 1,
    stdout: `${image}:v1 is pinned\n`,
    stderr: `ociregistry: nothing like ${image}:v9 is cached in ${door.imagePath}; list prints the names\n`,
  });
  expect(await run('pin', `${image}:v1`)).toMatchObject({
    status: 0,
    stdout: `${image}:v1 was pinned already\n`,
  });

  const dry = await run('prune', '--dry-run', image);
  expect(dry).toMatchObject({ status: 0, stderr: '' });
  expect(dry.stdout).toMatch(/IMAGE +DIGEST +CREATED +PULLED +FREES\n/);
  expect(dry.stdout).toMatch(
    /2 images would be removed, 1\.\d kB would be freed; the cache would take \d+ B\n/,
  );
  expect(dry.stdout).toContain(`1 pinned image would stay: ${image}:v1\n`);

  const json = await run('prune', '--max-size', '1B', '--json', '--dry-run', '*:v2');
  expect(JSON.parse(json.stdout)).toMatchObject({
    dryRun: true,
    images: [{ image: `${image}:v2` }],
    failed: 0,
  });
  const nothing = await run('prune');
  expect(nothing.stdout).toMatch(/^0 images removed, 0 B freed; the cache takes 2\.\d kB\n$/);

  expect(await run('prune', `${image}:v1`)).toMatchObject({
    status: 1,
    stderr: `ociregistry: ${image}:v1 is pinned and stays; to release it: unpin ${image}:v1\n`,
  });
  expect((await run('prune', '--older-than', '1d')).stdout).toContain('0 images removed');
  expect((await run('prune', '*:v2')).stdout).toContain('1 image removed');
  expect((await run('unpin', '--all')).stdout).toBe(
    `${image}:v1 is no longer pinned\n${image}:v3 was not pinned already\n`,
  );
  expect((await run('prune', '*')).stdout).toContain('2 images removed');
  expect((await run('list')).stdout).toContain('nothing is cached');
});
