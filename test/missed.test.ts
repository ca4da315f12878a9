// The ledger of what was refused for want of an upstream.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FrontDoor, openFrontDoor } from './front-door.ts';

async function missed(
  door: FrontDoor,
): Promise<readonly { reference: string; kind: string; count: number }[]> {
  const text = await readFile(join(door.imagePath, 'missed.json'), 'utf8');
  return (JSON.parse(text) as { missed: { reference: string; kind: string; count: number }[] }).missed;
}

test('what a dark upstream kept from clients is noted, counted, and survives restarts', async () => {
  await using door = await openFrontDoor();
  const image = door.mock.addImage('app', 'v1');
  await door.mock.stop();
  const id = `${door.mock.host}/app`;
  await door.get('/v2/app/manifests/v1');
  await door.restart();
  await door.get('/v2/app/manifests/v1');
  await door.get(`/v2/app/blobs/${image.layers[0]?.digest ?? ''}`);
  await door.stop();
  expect(await missed(door)).toMatchObject([
    { reference: `${id}:v1`, kind: 'manifest', count: 2 },
    { reference: `${id}@${image.layers[0]?.digest ?? ''}`, kind: 'blob', count: 1 },
  ]);
  await door.mock.start();
  await door.start();
  await door.get('/v2/app/manifests/v1');
  await door.stop();
  expect((await missed(door)).map(({ reference }) => reference)).not.toContain(`${id}:v1`);
});

test('what the upstream itself does not have was not missed for want of it', async () => {
  await using door = await openFrontDoor();
  await door.get('/v2/app/manifests/none');
  await door.stop();
  await expect(missed(door)).rejects.toThrow('ENOENT');
});

test('two servers on one directory lose nothing of each other’s', async () => {
  await using first = await openFrontDoor({ config: { airGapped: true } });
  const second = new FrontDoor(first.mock, first.imagePath, { config: { airGapped: true } });
  await second.start();
  await first.get('/v2/app/manifests/v1');
  await second.get('/v2/app/manifests/v1');
  await second.get('/v2/app/manifests/v2');
  await second.stop();
  await first.get('/v2/app/manifests/v3');
  await first.stop();
  const id = `${first.mock.host}/app`;
  expect((await missed(first)).map(({ reference, count }) => [reference, count])).toEqual([
    [`${id}:v2`, 1],
    [`${id}:v1`, 2],
    [`${id}:v3`, 1],
  ]);
});
