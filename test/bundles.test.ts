// Bundles: what is exported on one side of the gap is served on the other, or refused before anything of it is visible.
import { readFile, readdir, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { childFor, startMock } from '../mock/index.ts';
import type { MadeManifest } from '../mock/index.ts';
import type { Descriptor } from '../src/oci/descriptor.ts';
import { digestAlgorithm, digestHex, digestOf } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import { parseImageName } from '../src/oci/image-name.ts';
import { parsePlatform } from '../src/oci/platform.ts';
import { parseTag } from '../src/oci/reference.ts';
import type { Selection } from '../src/registry/shelf.ts';
import { MissingBase } from '../src/transfer/bundle-error.ts';
import { parseInventory } from '../src/transfer/inventory.ts';
import type { Possession } from '../src/transfer/inventory.ts';
import { bundleOf, everything, nothing, openSide, tableOf, twoSides } from './bundling.ts';
import type { Side } from './bundling.ts';
import { plainEntry } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

async function expectServed(door: FrontDoor, repository: string, reference: string, image: MadeManifest) {
  const answer = await door.get(`/v2/${repository}/manifests/${reference}`);
  expect([answer.status, answer.headers['docker-content-digest'], answer.body.equals(image.bytes)]).toEqual([
    200,
    image.digest,
    true,
  ]);
  for (const child of image.manifests) await expectServed(door, repository, child.digest, child);
  if (image.manifests.length > 0) return;
  for (const { digest } of image.blobs) {
    const blob = await door.get(`/v2/${repository}/blobs/${digest}`);
    expect([blob.status, digestOf(blob.body, digestAlgorithm(digest))]).toEqual([200, digest]);
  }
}

/** What a side has that has imported a bundle. */
async function since(bundle: Buffer): Promise<Possession> {
  const { images, manifests, blobs } = await tableOf(bundle);
  return {
    digests: new Set([...manifests, ...blobs].map(({ digest }) => digest)),
    images: new Set(images.map(({ name, digest }) => `${name} ${digest}`)),
  };
}

async function carriedDigests(bundle: Buffer): Promise<readonly Digest[]> {
  const { manifests, blobs } = await tableOf(bundle);
  return [...manifests, ...blobs].flatMap(({ digest, there }) => (there ? [] : [digest]));
}

describe('what was exported is served on the other side', () => {
  test('every kind of image, with all that belongs to it', async () => {
    const { mock, connected, dark } = await twoSides();
    const index = mock.addImage('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    const plain = mock.addImage('library/plain', 'latest', { mediaTypes: 'docker', layers: [0, 70_000] });
    const modern = mock.addImage('team/sha512', 'v2', { algorithm: 'sha512' });
    const bare = mock.addImage('team/bare');
    const empty = mock.addImage('team/empty', 'v1', { layers: [] });
    const nested = mock.addIndex('team/app', 'nested', [index]);
    const sbom = mock.addArtifact('team/app', { subject: index, artifactType: 'application/sbom' });
    const signature = mock.addImage('team/app', `sha256-${digestHex(index.digest)}.sig`);
    await connected.load([
      'team/app:v1',
      'team/app:nested',
      'library/plain:latest',
      'team/sha512:v2',
      `team/bare@${bare.digest}`,
      'team/empty:v1',
    ]);
    const bundle = await connected.bundle();
    const report = await dark.import(bundle);
    expect(report.images.map(({ standing }) => standing)).toEqual(Array(7).fill('new'));
    await mock.stop();

    const door = await dark.dark();
    await expectServed(door, 'team/app', 'v1', index);
    await expectServed(door, 'team/app', 'nested', nested);
    await expectServed(door, 'library/plain', 'latest', plain);
    await expectServed(door, 'team/sha512', 'v2', modern);
    await expectServed(door, 'team/bare', bare.digest, bare);
    await expectServed(door, 'team/empty', 'v1', empty);
    await expectServed(door, 'team/app', sbom.digest, sbom);
    await expectServed(door, 'team/app', `sha256-${digestHex(index.digest)}.sig`, signature);
    const referrers = await door.get(`/v2/team/app/referrers/${index.digest}`);
    expect(referrers.body.toString()).toContain(sbom.digest);
    expect((await dark.verify()).complete).toBe(true);
    const rows = await dark.rows();
    // What refers to an image stays as long as that does.
    expect(rows.filter(({ pinned }) => !pinned).map(({ digest }) => digest)).toEqual([sbom.digest]);
    // The bundle from the other side is the same again.
    expect((await dark.bundle()).equals(bundle)).toBe(true);
  });

  test('private content for its repositories alone, and public content as such', async () => {
    const auth = { user: 'robot', password: 'canary-4712' };
    const mock = await startMock({ auth: { scheme: 'basic', username: auth.user, password: auth.password } });
    const open = await startMock();
    const connected = await openSide(mock, plainEntry(open.host));
    const [own, ...others] = connected.config.registries;
    const config = {
      ...connected.config,
      registries: [{ ...own, auth } as NonNullable<typeof own>, ...others],
    };
    Object.assign(connected, { config });
    const secret = mock.addImage('team/secret', 'v1', { layers: [4000] });
    const shared = mock.addImage('team/shared', 'v1', { layers: [secret.layers[0] ?? 4000] });
    open.addImage('team/open', 'v1');
    await connected.load(['team/secret:v1', 'team/shared:v1', `${open.host}/team/open:v1`]);
    const dark = await openSide(mock);
    await dark.import(await connected.bundle());
    await mock.stop();
    await open.stop();
    const door = await dark.dark();
    await expectServed(door, 'team/secret', 'v1', secret);
    await expectServed(door, 'team/shared', 'v1', shared);
    const layer = secret.layers[0]?.digest ?? '';
    expect((await door.get(`/v2/team/elsewhere/blobs/${layer}`)).status).toBe(404);
    const table = await tableOf(await dark.bundle());
    const publicNames = table.manifests.flatMap(({ public: isPublic, images }) =>
      isPublic ? images.map((at) => table.images[at]?.name) : [],
    );
    expect(publicNames).toEqual([`${open.host}/team/open:v1`]);
  });

  test('an index without the platforms that are not cached, or exactly with those that are asked for', async () => {
    const { mock, connected, dark } = await twoSides();
    const platforms = ['linux/amd64', 'linux/arm64', 'linux/s390x'];
    const index = mock.addImage('app', 'v1', { platforms });
    await connected.load(['app:v1'], ['linux/amd64', 'linux/arm64']);
    const arm = [parsePlatform('linux/arm64')];
    const [both, one] = [await connected.bundle(), await connected.bundle({ platforms: arm })];
    expect((await tableOf(both)).manifests).toHaveLength(3);
    expect((await tableOf(one)).manifests.map(({ digest }) => digest).toSorted()).toEqual(
      [index.digest, childFor(index, 'linux/arm64').digest].toSorted(),
    );
    await dark.import(one);
    expect(await dark.rows()).toMatchObject([{ platforms: ['linux/arm64'], complete: true }]);
    await dark.import(both);
    expect(await dark.rows()).toMatchObject([{ platforms: ['linux/amd64', 'linux/arm64'], complete: true }]);
    const missing = connected.bundle({ platforms: [parsePlatform('linux/s390x')] });
    await expect(missing).rejects.toThrow('"fault":"missing"');
  });

  test('attestations go with the platforms that are chosen', async () => {
    const { mock, connected } = await twoSides();
    const described = (made: MadeManifest, more: Partial<Descriptor>): MadeManifest => ({
      ...made,
      descriptor: { ...made.descriptor, ...more },
    });
    const image = (architecture: string): MadeManifest =>
      described(mock.addImage('app'), { platform: { os: 'linux', architecture } });
    const attesting = ({ digest }: MadeManifest): MadeManifest =>
      described(mock.addImage('app'), {
        platform: { os: 'unknown', architecture: 'unknown' },
        annotations: {
          'vnd.docker.reference.type': 'attestation-manifest',
          'vnd.docker.reference.digest': digest,
        },
      });
    const [chosen, other] = [image('amd64'), image('arm64')];
    const attestation = attesting(chosen);
    const index = mock.addIndex('app', 'v1', [chosen, other, attestation, attesting(other)]);
    await connected.load(['app:v1']);
    const { manifests } = await tableOf(
      await connected.bundle({ platforms: [parsePlatform('linux/amd64')] }),
    );
    expect(manifests.map(({ digest }) => digest)).toEqual(
      [index.digest, chosen.digest, attestation.digest].toSorted(),
    );
    expect((await tableOf(await connected.bundle())).manifests).toHaveLength(5);
  });

  test('what is selected, and of that each part once', async () => {
    const { mock, connected } = await twoSides();
    const base = mock.addImage('team/base', 'v1');
    mock.addImage('team/app', 'v1', { layers: [...base.layers, 3000] });
    mock.addImage('team/app', 'v2', { layers: [...base.layers, 4000] });
    mock.addArtifact('team/base', { subject: base });
    await connected.load(['team/base:v1', 'team/app:v1', 'team/app:v2']);
    const names = async (selection: Partial<Selection>): Promise<readonly string[]> => {
      const { images } = await tableOf(await connected.bundle(selection));
      return images.map(({ name }) => name.slice(mock.host.length + 1));
    };
    const reference = parseImageName(connected.name('team/app:v2'));
    expect(await names({ patterns: ['*/app'] })).toEqual(['team/app:v1', 'team/app:v2']);
    expect(await names({ patterns: ['*:v1'] })).toEqual(['team/app:v1', 'team/base:v1']);
    expect(await names({ patterns: ['*:v1'], references: [reference] })).toEqual([
      'team/app:v1',
      'team/app:v2',
      'team/base:v1',
    ]);
    const { manifests, blobs } = await tableOf(await connected.bundle());
    expect(manifests).toHaveLength(4);
    expect(new Set(blobs.map(({ digest }) => digest)).size).toBe(blobs.length);
    const shared = blobs.find(({ digest }) => digest === base.layers[0]?.digest);
    expect(shared?.images).toEqual([0, 1, 2]);
    expect((await tableOf(await connected.bundle({ referrers: false }))).manifests).toHaveLength(3);
  });

  test('from a server while it serves', async () => {
    const { mock, connected, dark } = await twoSides();
    const image = mock.addImage('app', 'v1', { layers: [300_000] });
    const bundle = await connected.with(async ({ library, shelf }) => {
      const { registry, repository } = parseImageName(connected.name('app'));
      const target = library.target(registry, repository);
      await library.manifest(target, parseTag('v1'));
      for (const { digest } of image.blobs) await library.ensureBlob(target, digest);
      return bundleOf(shelf, everything, nothing);
    });
    expect(bundle.equals(await connected.bundle())).toBe(true);
    await dark.import(bundle);
    await mock.stop();
    await expectServed(await dark.dark(), 'app', 'v1', image);
  });
});

describe('what is not whole is not exported', () => {
  test.each([
    [
      'an image without a layer',
      '"fault":"missing"',
      (side: Side, layer: Digest) => unlink(blobFile(side, layer)),
    ],
    [
      'a layer that was cut off',
      '"fault":"wrong-size"',
      (side: Side, layer: Digest) => truncate(blobFile(side, layer), 9),
    ],
  ])('%s', async (_, message, spoil) => {
    const { mock, connected } = await twoSides();
    const image = mock.addImage('app', 'v1');
    await connected.load(['app:v1']);
    await spoil(connected, image.layers[0]?.digest ?? image.digest);
    await expect(connected.bundle()).rejects.toThrow(message);
  });

  test('a layer with a wrong byte ends the export, which names it and who needs it', async () => {
    const { mock, connected } = await twoSides();
    const image = mock.addImage('app', 'v1', { layers: [900_000] });
    await connected.load(['app:v1']);
    const layer = image.layers[0]?.digest ?? image.digest;
    const bytes = await readFile(blobFile(connected, layer));
    bytes[500_000] = (bytes[500_000] ?? 0) ^ 1;
    await writeFile(blobFile(connected, layer), bytes);
    await expect(connected.bundle()).rejects.toThrow(
      `the blob ${layer} is damaged; ${connected.name('app:v1')} cannot be exported without it`,
    );
  });
});

describe('a differential bundle', () => {
  test('has only what is new, and brings moved tags, new tags and other repositories’ links', async () => {
    const { mock, connected, dark } = await twoSides();
    const names = Array.from({ length: 5 }, (_, at) => `team/app-${at}:v1`);
    const images = names.map((_, at) => mock.addImage(`team/app-${at}`, 'v1', { layers: [20_000, 30_000] }));
    await connected.load(names);
    const full = await connected.bundle();
    await dark.import(full);
    const inventory = parseInventory(await dark.inventory());

    const [first, second] = images;
    if (first === undefined || second === undefined) throw new Error('there are five');
    const moved = mock.addImage('team/app-0', 'v1', { layers: [...first.layers, 500] });
    mock.store.tag('team/app-1', 'stable', second.digest);
    const elsewhere = mock.addImage('team/elsewhere', 'v1', { layers: second.layers });
    await connected.load(['team/app-0:v1', 'team/app-1:stable', 'team/elsewhere:v1']);

    const bySince = await connected.bundle({}, await since(full));
    expect(bySince.equals(await connected.bundle({}, inventory))).toBe(true);
    const isNew = [moved, ...moved.blobs, elsewhere, ...elsewhere.blobs].map(({ digest }) => digest);
    const known = new Set<string>(
      images.flatMap(({ digest, blobs }) => [digest, ...blobs.map((blob) => blob.digest)]),
    );
    expect([...(await carriedDigests(bySince))].toSorted()).toEqual(
      [...new Set(isNew.filter((digest) => !known.has(digest)))].toSorted(),
    );
    expect(bySince.length).toBeLessThan(full.length / 5);

    const { images: imported, numbers } = await dark.import(bySince);
    expect(imported.map(({ name, standing }) => `${standing} ${name.slice(mock.host.length + 1)}`)).toEqual([
      'moved team/app-0:v1',
      // Where the tag led until now.
      `unchanged team/app-0@${first.digest}`,
      'new team/app-1:stable',
      'new team/elsewhere:v1',
    ]);
    expect(numbers.blobs).toBe((await tableOf(bySince)).blobs.filter(({ there }) => !there).length);
    await mock.stop();
    const door = await dark.dark();
    await expectServed(door, 'team/app-0', 'v1', moved);
    await expectServed(door, 'team/app-0', first.digest, first);
    await expectServed(door, 'team/app-1', 'stable', second);
    await expectServed(door, 'team/elsewhere', 'v1', elsewhere);
  });

  test('of a differential bundle leans on what that one leaned on', async () => {
    const { mock, connected, dark } = await twoSides();
    const first = mock.addImage('app', 'v1', { layers: [50_000] });
    await connected.load(['app:v1']);
    const one = await connected.bundle();
    mock.addImage('app', 'v2', { layers: [...first.layers, 100] });
    await connected.load(['app:v2']);
    const two = await connected.bundle({}, await since(one));
    const third = mock.addImage('app', 'v3', { layers: [...first.layers, 200] });
    await connected.load(['app:v3']);
    const three = await connected.bundle(
      { references: [parseImageName(connected.name('app:v3'))], patterns: [] },
      await since(two),
    );
    expect(three.length).toBeLessThan(20_000);
    for (const bundle of [one, two, three]) await dark.import(bundle);
    await mock.stop();
    await expectServed(await dark.dark(), 'app', 'v3', third);
  });

  test('is empty when nothing is new', async () => {
    const { mock, connected, dark } = await twoSides();
    mock.addImage('app', 'v1');
    await connected.load(['app:v1']);
    const full = await connected.bundle();
    const none = await connected.bundle({}, await since(full));
    expect(await tableOf(none)).toEqual({ version: 1, images: [], manifests: [], blobs: [] });
    expect((await dark.import(none)).images).toEqual([]);
  });

  test('is refused where its base is missing, and nothing of it is stored', async () => {
    const { mock, connected, dark } = await twoSides();
    const base = mock.addImage('app', 'v1', { layers: [5000] });
    await connected.load(['app:v1']);
    const full = await connected.bundle();
    mock.addImage('app', 'v2', { layers: [...base.layers, 100] });
    await connected.load(['app:v2']);
    const error: unknown = await dark
      .import(await connected.bundle({}, await since(full)))
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(MissingBase);
    expect((error as MissingBase).parts).toEqual([
      { digest: base.layers[0]?.digest, size: 5000, images: [connected.name('app:v2')] },
    ]);
    for (const folder of ['blobs', 'img', 'fat', 'links', 'pulls'])
      expect(await readdir(join(dark.imagePath, folder))).toEqual([]);
  });
});

function blobFile({ imagePath }: Side, digest: Digest): string {
  return join(imagePath, 'blobs', digestHex(digest));
}
