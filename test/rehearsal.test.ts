// The rehearsal of an air gap: pulls are answered as always, and what would have failed with the registry gone is noted.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import type { MadeManifest } from '../mock/index.ts';
import { silentLog } from '../src/log/log.ts';
import { digestHex } from '../src/oci/digest.ts';
import type { Log, LogFields } from '../src/log/log.ts';
import { askAdmin, command, samples } from './admin-client.ts';
import { openFrontDoor } from './front-door.ts';
import type { FrontDoor, FrontDoorOptions } from './front-door.ts';
import { openLoading } from './loading.ts';

interface Noted {
  readonly kind: string;
  readonly reference: string;
  readonly image?: string;
  readonly rehearsed?: true;
  readonly count: number;
}

function rehearse(options: FrontDoorOptions = {}, config = {}): Promise<FrontDoor> {
  return openFrontDoor({ ...options, config: { rehearseAirGap: true, complete: false, ...config } });
}

async function noted(door: FrontDoor): Promise<readonly Noted[]> {
  const { text } = await askAdmin(join(door.imagePath, 'admin.sock'), '/admin/v1/missed');
  return (JSON.parse(text) as { missed: readonly Noted[] }).missed;
}

/** As `kind reference`, without the registry. */
async function references(door: FrontDoor): Promise<readonly string[]> {
  return (await noted(door)).map(({ kind, reference }) => `${kind} ${unnamed(door, reference)}`);
}

function unnamed({ mock }: FrontDoor, reference: string): string {
  return reference.replace(`${mock.host}/`, '');
}

async function pull(door: FrontDoor, name: string, tag: string, image: MadeManifest): Promise<void> {
  for (const path of [
    `manifests/${tag}`,
    `manifests/${image.digest}`,
    ...image.blobs.map(({ digest }) => `blobs/${digest}`),
  ])
    expect((await door.get(`/v2/${name}/${path}`)).status).toBe(200);
}

/** What a connected server has brought in before the rehearsal. */
async function load(door: FrontDoor, name: string, tag: string, image: MadeManifest): Promise<void> {
  await door.restart({ rehearseAirGap: false });
  await pull(door, name, tag, image);
  await door.restart();
}

const blobFile = (door: FrontDoor, digest: MadeManifest['digest']): string =>
  join(door.imagePath, 'blobs', digestHex(digest));

test('an image that is whole in the cache is not missed', async () => {
  await using door = await rehearse();
  const image = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64'] });
  await load(door, 'app', 'v1', childFor(image, 'linux/amd64'));
  await pull(door, 'app', 'v1', childFor(image, 'linux/amd64'));
  expect(await noted(door)).toEqual([]);
});

test('an image that only its registry has is missed, once, as index and as the platform’s manifest', async () => {
  await using door = await rehearse();
  const image = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
  const child = childFor(image, 'linux/arm64');
  for (let pulls = 0; pulls < 2; pulls += 1) await pull(door, 'app', 'v1', child);
  const entries = [
    { kind: 'manifest', reference: `${door.mock.host}/app:v1`, rehearsed: true, count: 1 },
    { kind: 'manifest', reference: `${door.mock.host}/app@${child.digest}`, rehearsed: true, count: 1 },
  ];
  expect(await noted(door)).toMatchObject(entries);
  // What has been had stays noted, through restarts with and without a rehearsal, until it is cleared.
  await door.restart({ rehearseAirGap: false });
  await pull(door, 'app', 'v1', child);
  expect(await noted(door)).toMatchObject(entries);
});

test('of a cached image, a blob that only its registry has is missed under the image’s name', async () => {
  await using door = await rehearse();
  const image = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64'], layers: [1000, 2000] });
  const child = childFor(image, 'linux/amd64');
  const [layer] = child.layers;
  if (layer === undefined) throw new Error('the image has no layer');
  await load(door, 'app', 'v1', child);
  await door.stop();
  await rm(blobFile(door, layer.digest));
  await door.start();
  await pull(door, 'app', 'v1', child);
  const name = `${door.mock.host}/app`;
  expect(await noted(door)).toMatchObject([
    { kind: 'blob', reference: `${name}@${layer.digest}`, image: `${name}:v1@${child.digest}` },
  ]);
  // The list is what load takes.
  const { stdout } = await command('missed', '--list', '--image-path', door.imagePath);
  expect(stdout).toBe(`${name}:v1@${child.digest}\n`);
});

test('what completion fetches of an image that was cached before is missed as well', async () => {
  await using door = await rehearse();
  const image = door.mock.addImage('app', 'v1');
  await door.restart({ rehearseAirGap: false });
  await door.get('/v2/app/manifests/v1');
  await door.restart({ complete: true });
  await expect.poll(() => references(door)).toHaveLength(image.blobs.length);
  const kinds = image.blobs.map(({ digest }) => `blob app@${digest}`);
  expect([...(await references(door))].sort()).toEqual(kinds.sort());
});

test('what completion fetches of an image that is missed itself is no more than that', async () => {
  await using door = await rehearse({}, { complete: true });
  const image = door.mock.addImage('app', 'v1');
  await door.get('/v2/app/manifests/v1');
  await expect.poll(() => door.mock.count({ operation: 'blobGet' })).toBe(image.blobs.length);
  await door.stop();
  await door.start();
  expect(await references(door)).toEqual(['manifest app:v1']);
});

test('a tag that has moved is not missed, for its old image would have been served; the log says so', async () => {
  const lines: { readonly message: string; readonly fields: LogFields }[] = [];
  const log: Log = { ...silentLog, info: (message, fields = {}) => void lines.push({ message, fields }) };
  await using door = await rehearse({ log });
  const platforms = ['linux/amd64'];
  const older = door.mock.addImage('app', 'v1', { platforms });
  await load(door, 'app', 'v1', childFor(older, 'linux/amd64'));
  const newer = door.mock.addImage('app', 'v1', { platforms });
  await pull(door, 'app', 'v1', childFor(newer, 'linux/amd64'));
  expect(await noted(door)).toEqual([]);
  expect(lines.filter(({ message }) => message.includes('an older image'))).toEqual([
    {
      message: 'rehearsal: with its registry gone an older image would have been served',
      fields: { tag: `${door.mock.host}/app:v1`, older: older.digest, served: newer.digest },
    },
  ]);
});

test('lists that only the registry could give are missed, and others are not', async () => {
  await using door = await rehearse({ listMs: 0 });
  const image = door.mock.addImage('app', 'v1');
  const other = door.mock.addImage('other', 'v1');
  await load(door, 'other', 'v1', other);
  const signature = door.mock.addArtifact('other', {
    artifactType: 'a/signature',
    subject: other.descriptor,
  });
  for (let asked = 0; asked < 2; asked += 1) {
    expect((await door.get('/v2/other/tags/list')).status).toBe(200);
    expect((await door.get(`/v2/other/referrers/${other.digest}`)).body.toString()).toContain(
      signature.digest,
    );
  }
  expect((await door.get('/v2/app/tags/list')).status).toBe(200);
  expect((await door.get(`/v2/app/referrers/${image.digest}`)).status).toBe(200);
  expect(await references(door)).toEqual([`referrers other@${other.digest}`, 'tags app']);
  const { stdout } = await command('missed', '--list', '--image-path', door.imagePath);
  expect(stdout).toBe(`${door.mock.host}/other@${other.digest}\n`);
});

test.each([
  { linkCheck: 'public' as const, missed: [] },
  { linkCheck: 'strict' as const, missed: ['manifest copy@', 'blob copy@', 'blob copy@'] },
])(
  'content of another repository, which its registry has to confirm, with link_check $linkCheck',
  async ({ linkCheck, missed }) => {
    await using door = await rehearse({}, { linkCheck });
    const image = door.mock.addImage('app', 'v1', { layers: [1000] });
    await load(door, 'app', 'v1', image);
    for (const { digest } of image.blobs) {
      const { body: bytes } = await door.get(`/v2/app/blobs/${digest}`);
      door.mock.addBlob('copy', { bytes });
    }
    door.mock.addManifest('copy', 'v1', image.bytes, image.mediaType);
    for (const { digest } of image.blobs)
      expect((await door.head(`/v2/copy/blobs/${digest}`)).status).toBe(200);
    expect((await door.get(`/v2/copy/manifests/${image.digest}`)).status).toBe(200);
    const found = (await references(door)).map((reference) => reference.replace(/sha256:.*/, ''));
    expect(found.sort()).toEqual([...missed].sort());
  },
);

test('what was really refused is told from what would have been, and becomes that once it is fetched', async () => {
  await using door = await rehearse();
  const image = door.mock.addImage('app', 'v1');
  await door.mock.stop();
  await door.get('/v2/app/manifests/v1');
  expect(await noted(door)).toEqual([expect.not.objectContaining({ rehearsed: true })]);
  await door.mock.start();
  await door.restart();
  await pull(door, 'app', 'v1', image);
  expect(await noted(door)).toMatchObject([
    { reference: `${door.mock.host}/app:v1`, rehearsed: true, count: 2 },
  ]);
});

test('`missed` shows why, and --clear forgets, also beside a server', async () => {
  await using door = await rehearse();
  const image = door.mock.addImage('app', 'v1');
  await pull(door, 'app', 'v1', image);
  const imagePath = ['--image-path', door.imagePath];
  const shown = await command('missed', ...imagePath);
  expect(shown.stdout).toMatch(/REFERENCE +KIND +WHY/);
  expect(shown.stdout).toMatch(/app:v1 +manifest +rehearsed +1 /);
  // The ledger is written behind.
  await door.restart();
  expect(await command('missed', '--clear', ...imagePath)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(await noted(door)).toEqual([]);
  await door.restart();
  expect(await noted(door)).toEqual([]);
});

test('metrics count it', async () => {
  await using door = await rehearse();
  const metrics = async (): Promise<ReadonlyMap<string, number>> =>
    samples((await askAdmin(join(door.imagePath, 'admin.sock'), '/metrics')).text);
  const total = (kind: string): string => `ociregistry_rehearsed_misses_total{kind="${kind}"}`;
  expect((await metrics()).get(total('manifest'))).toBe(0);
  const image = door.mock.addImage('app', 'v1');
  await pull(door, 'app', 'v1', image);
  await door.get('/v2/other/tags/list');
  const counted = await metrics();
  expect(counted.get(total('manifest'))).toBe(1);
  expect(counted.get(total('blob'))).toBe(0);
  expect(counted.get('ociregistry_rehearsed_missed_references')).toBe(1);
  expect(counted.get('ociregistry_missed_total')).toBe(0);
  expect(counted.get('ociregistry_missed_references')).toBe(0);
});

test('what is loaded is not noted, and was not missed in vain', async () => {
  await using loading = await openLoading();
  loading.mock.addImage('app', 'v1', { layers: [1000] });
  await loading.mock.stop();
  await using door = await loading.beside();
  await door.get('/v2/app/manifests/v1');
  await door.stop();
  const list = await command('missed', '--list', '--image-path', loading.imagePath);
  expect(list.stdout).toBe(`${loading.name('app:v1')}\n`);
  await loading.mock.start();
  expect(await loading.load(list.stdout, ['--rehearse-air-gap'])).toMatchObject({ status: 0, stderr: '' });
  expect((await command('missed', '--json', '--image-path', loading.imagePath)).stdout).toBe('[]\n');
});
