// Other registries while the server runs: what is under way goes on, and what comes next goes by the new ones.
import { describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { RegistryEntry } from '../src/config/config.ts';
import { silentLog } from '../src/log/log.ts';
import { listImages } from '../src/registry/list.ts';
import { errorCodes, openFrontDoor, plainEntry } from './front-door.ts';
import type { Answered, FrontDoor } from './front-door.ts';

/** A registry that is nowhere: only its endpoints are. */
const registry = 'registry.test';

const entryAt = (url: string, changes: Partial<RegistryEntry> = {}): RegistryEntry =>
  plainEntry(registry, { endpoints: [{ url, style: 'plain' }], ...changes });

const get = (door: FrontDoor, path: string): Promise<Answered> => door.raw(`/v2/${path}?ns=${registry}`);

describe('an entry that leads elsewhere', () => {
  test('a pull that is under way ends where it began, and the next goes to the new place', async () => {
    await using second = await startMock();
    await using door = await openFrontDoor({ config: { complete: false } });
    door.reload({ registries: [entryAt(door.mock.url)] });
    const begun = door.mock.addBlob('app', { size: 300_000 });
    const later = second.addBlob('app', { size: 1000 });
    const gate = door.mock.on({ operation: 'blobGet' }).once().holdAt(100_000);
    const pull = get(door, `app/blobs/${begun.digest}`);
    await gate.reached;
    door.reload({ registries: [entryAt(second.url)] });
    expect((await get(door, `app/blobs/${later.digest}`)).body.equals(later.bytes())).toBe(true);
    gate.release();
    expect((await pull).body.equals(begun.bytes())).toBe(true);
    expect([door.mock.count({ operation: 'blobGet' }), second.count({ operation: 'blobGet' })]).toEqual([
      1, 1,
    ]);
  });

  test('a pull that breaks is taken up at the new place', async () => {
    await using second = await startMock();
    await using door = await openFrontDoor({ config: { complete: false } });
    door.reload({ registries: [entryAt(door.mock.url)] });
    const blob = door.mock.addBlob('app', { size: 300_000 });
    second.addBlob('app', { bytes: blob.bytes() });
    const gate = door.mock.on({ operation: 'blobGet' }).once().resetAt(200_000).holdAt(100_000);
    const pull = get(door, `app/blobs/${blob.digest}`);
    await gate.reached;
    door.reload({ registries: [entryAt(second.url)] });
    gate.release();
    expect((await pull).body.equals(blob.bytes())).toBe(true);
    expect(second.requests.map(({ range }) => range)).toEqual(['bytes=200000-']);
  });

  test('a manifest that is waited for comes from where it was asked', async () => {
    await using second = await startMock();
    await using door = await openFrontDoor({ config: { complete: false } });
    door.reload({ registries: [entryAt(door.mock.url)] });
    const [old, moved] = [door.mock.addImage('app', 'v1'), second.addImage('app', 'v1')];
    const gate = door.mock.on({ operation: 'manifestGet' }).once().hold();
    const pull = get(door, 'app/manifests/v1');
    await gate.reached;
    door.reload({ registries: [entryAt(second.url)] });
    gate.release();
    expect((await pull).headers['docker-content-digest']).toBe(old.digest);
    expect((await get(door, 'app/manifests/v1')).headers['docker-content-digest']).toBe(moved.digest);
  });

  test('one that is dark is not waited for any longer', async () => {
    await using door = await openFrontDoor({ config: { complete: false } });
    await using gone = await startMock();
    door.reload({ registries: [entryAt(gone.url)] });
    await gone.stop();
    door.mock.addImage('app', 'v1');
    for (let tries = 0; tries < 2; tries += 1) {
      expect((await get(door, 'app/manifests/v1')).status).toBeGreaterThanOrEqual(500);
    }
    door.reload({ registries: [entryAt(door.mock.url)] });
    expect((await get(door, 'app/manifests/v1')).status).toBe(200);
  });
});

describe('an entry that is reached as before', () => {
  test('keeps its token and its connections, also if what is asked of it changes', async () => {
    await using door = await openFrontDoor(
      { config: { complete: false }, entry: { auth: { user: 'robot', password: 'secret' } } },
      { auth: { scheme: 'bearer', users: { robot: 'secret' } } },
    );
    for (const name of ['one', 'two', 'three']) door.mock.addImage('app', name);
    const auth = { user: 'robot', password: 'secret' };
    expect((await door.get('/v2/app/manifests/one')).status).toBe(200);
    const tokens = door.mock.count({ operation: 'token' });
    door.reload({
      registries: [plainEntry('other.test'), plainEntry(door.mock.host, { auth, revalidate: 'never' })],
    });
    expect((await door.get('/v2/app/manifests/two')).status).toBe(200);
    expect((await door.get('/v2/app/manifests/two')).status).toBe(200);
    expect(door.mock.count({ operation: 'token' })).toBe(tokens);
    expect(door.mock.count({ operation: 'manifestHead' })).toBe(0);
    door.reload({ registries: [plainEntry(door.mock.host, { auth: { ...auth, password: 'wrong' } })] });
    expect((await door.get('/v2/app/manifests/three')).status).toBe(403);
  });
});

describe('what may be asked', () => {
  test('a registry that is closed, and opened again', async () => {
    await using door = await openFrontDoor();
    door.mock.addImage('app', 'v1');
    door.reload({ denyRegistries: ['127.0.0.1'] });
    const denied = await door.get('/v2/app/manifests/v1');
    expect([denied.status, errorCodes(denied)]).toEqual([403, ['DENIED']]);
    door.reload({});
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
    door.reload({ allowRegistries: ['*.corp.test'] });
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(403);
  });

  test('a registry that becomes air-gapped is left alone, and completed when it is not any more', async () => {
    await using door = await openFrontDoor();
    door.mock.addImage('app', 'v1', { layers: [1000, 1000] });
    const gate = door.mock.on({ operation: 'blobGet' }).once().hold();
    await door.get('/v2/app/manifests/v1');
    await gate.reached;
    door.reload({ registries: [plainEntry(door.mock.host, { airGapped: true })] });
    gate.release();
    door.mock.addImage('app', 'v2');
    expect((await door.get('/v2/app/manifests/v2')).status).toBe(404);
    const begun = door.mock.requests.find(({ operation }) => operation === 'blobGet')?.reference ?? '';
    await expect.poll(async () => (await door.get(`/v2/app/blobs/${begun}`)).status).toBe(200);
    expect(door.mock.count({ operation: 'blobGet' })).toBe(1);
    door.reload({});
    await expect
      .poll(async () => (await listImages(door.imagePath, silentLog)).map(({ complete }) => complete))
      .toEqual([true]);
  });

  test('a registry that nobody configured, and then somebody did', async () => {
    await using door = await openFrontDoor();
    door.mock.addImage('app', 'v1');
    // Over HTTPS, and on loopback: refused.
    door.reload({ registries: [] });
    expect((await door.get('/v2/app/manifests/v1')).status).toBeGreaterThanOrEqual(400);
    door.reload({});
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });
});
