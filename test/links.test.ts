// Knowing a digest must not read another registry's private content.
import { describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import { digestOf } from '../src/oci/digest.ts';
import { openFrontDoor, plainEntry } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const auth = { user: 'robot', password: 'canary-4711' };
const secret = Buffer.from('a private layer');
const digest = digestOf(secret);

/** Registry A is private and its blob is cached; registry B is another. */
async function twoRegistries(
  config = {},
): Promise<{ door: FrontDoor; b: Awaited<ReturnType<typeof startMock>> }> {
  const b = await startMock();
  const door = await openFrontDoor(
    { entry: { auth } },
    { auth: { scheme: 'basic', username: auth.user, password: auth.password } },
  );
  await door.restart({ registries: [plainEntry(door.mock.host, { auth }), plainEntry(b.host)], ...config });
  door.mock.addBlob('private/app', { bytes: secret });
  const cached = await door.get(`/v2/private/app/blobs/${digest}`);
  expect(cached.body.equals(secret)).toBe(true);
  return { door, b };
}

describe('a blob cached from private registry A', () => {
  test('is not served for registry B, nor for another repository of A', async () => {
    const { door, b } = await twoRegistries();
    await using _door = door;
    await using _b = b;
    expect((await door.raw(`/v2/${b.host}/some/app/blobs/${digest}`)).status).toBe(404);
    expect((await door.raw(`/v2/${b.host}/some/app/blobs/${digest}`, {}, 'HEAD')).status).toBe(404);
    expect((await door.get(`/v2/other/app/blobs/${digest}`)).status).toBe(404);
  });

  test('is served for registry B once B confirms that it has it, without fetching it again', async () => {
    const { door, b } = await twoRegistries();
    await using _door = door;
    await using _b = b;
    b.addBlob('some/app', { bytes: secret });
    const answer = await door.raw(`/v2/${b.host}/some/app/blobs/${digest}`);
    expect([answer.status, answer.body.equals(secret)]).toEqual([200, true]);
    expect(b.count({ operation: 'blobHead' })).toBe(1);
    expect(b.count({ operation: 'blobGet' })).toBe(0);
    await b.stop();
    await door.restart({ registries: [plainEntry(door.mock.host, { auth }), plainEntry(b.host)] });
    expect((await door.raw(`/v2/${b.host}/some/app/blobs/${digest}`)).status).toBe(200);
  });

  test('is not opened by a manifest of B that names it', async () => {
    const { door, b } = await twoRegistries();
    await using _door = door;
    await using _b = b;
    const lie = b.addImage('evil/app', 'v1', { layers: [{ bytes: secret, stored: false }] });
    expect((await door.raw(`/v2/${b.host}/evil/app/manifests/v1`)).status).toBe(200);
    expect(lie.layers.map((layer) => layer.digest)).toEqual([digest]);
    expect((await door.raw(`/v2/${b.host}/evil/app/blobs/${digest}`)).status).toBe(404);
    await b.stop();
    expect((await door.raw(`/v2/${b.host}/evil/app/blobs/${digest}`)).status).toBe(404);
  });

  test('is not joined while it is being filled', async () => {
    const { door, b } = await twoRegistries();
    await using _door = door;
    await using _b = b;
    const blob = door.mock.addBlob('private/app', { size: 300_000 });
    const gate = door.mock.on({ operation: 'blobGet', digest: blob.digest }).once().holdAt(200_000);
    const pull = door.get(`/v2/private/app/blobs/${blob.digest}`);
    await gate.reached;
    expect((await door.raw(`/v2/${b.host}/some/app/blobs/${blob.digest}`)).status).toBe(404);
    gate.release();
    expect((await pull).status).toBe(200);
  });
});

describe('a manifest cached from private registry A', () => {
  test('is not served for registry B by its digest, unless B confirms it', async () => {
    const { door, b } = await twoRegistries();
    await using _door = door;
    await using _b = b;
    const image = door.mock.addImage('private/app', 'v1');
    expect((await door.get('/v2/private/app/manifests/v1')).status).toBe(200);
    expect((await door.raw(`/v2/${b.host}/app/manifests/${image.digest}`)).status).toBe(404);
    b.addManifest('app', undefined, image.bytes, image.mediaType);
    expect((await door.raw(`/v2/${b.host}/app/manifests/${image.digest}`)).status).toBe(200);
  });
});

describe('public content', () => {
  test.each([
    ['may be served under any repository while its registry is dark', 'public', 200],
    ['but not when link_check is strict', 'strict', 404],
  ] as const)('%s', async (_, linkCheck, status) => {
    await using b = await startMock();
    await using door = await openFrontDoor({ config: { linkCheck } });
    await door.restart({ linkCheck, registries: [plainEntry(door.mock.host), plainEntry(b.host)] });
    const blob = door.mock.addBlob('base', { size: 100 });
    await door.get(`/v2/base/blobs/${blob.digest}`);
    await b.stop();
    expect((await door.raw(`/v2/${b.host}/app/blobs/${blob.digest}`)).status).toBe(status);
  });
});
