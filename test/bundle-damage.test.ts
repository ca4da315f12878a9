// Bundles that are not as they were written: refused by the name of what is wrong, before anything of them is visible.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MockRegistry } from '../mock/index.ts';
import { parseImageName } from '../src/oci/image-name.ts';
import { parseTag } from '../src/oci/reference.ts';
import { seededRandom } from '../src/oci/seeded-random.ts';
import { BundleError } from '../src/transfer/bundle-error.ts';
import { BundleReader } from '../src/transfer/bundle-reader.ts';
import { blobName, indexName, layoutFile, tableName } from '../src/transfer/bundle-table.ts';
import { tarEnd, tarHeader, tarPadding, tarSize } from '../src/transfer/tar-block.ts';
import { Side, importInto, openSide, tableOf, twoSides } from './bundling.ts';
import { plainEntry, temporaryDirectory } from './front-door.ts';

describe('nothing is visible before all of it is verified', () => {
  test('neither to clients nor in lists, until the last byte has come', async () => {
    const { mock, connected, dark } = await twoSides();
    const image = mock.addImage('app', 'v1', { layers: [3000, 400_000] });
    await connected.load(['app:v1']);
    const bundle = await connected.bundle();
    await mock.stop();
    const halted = Promise.withResolvers<undefined>();
    const goOn = Promise.withResolvers<undefined>();
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bundle.subarray(0, -1);
      halted.resolve(undefined);
      await goOn.promise;
      yield bundle.subarray(-1);
    };
    await dark.with(async (registry) => {
      const { registry: host, repository } = parseImageName(dark.name('app'));
      const target = { registry: host, repository };
      const importing = importInto(registry, source());
      await halted.promise;
      expect(await registry.intake.blobSize(image.layers[1]?.digest ?? image.digest)).toBe(400_000);
      for (const { digest } of [image, ...image.blobs]) {
        await expect(registry.manifest(target, digest)).rejects.toThrow();
        await expect(registry.blob(target, digest)).rejects.toThrow();
      }
      await expect(registry.manifest(target, parseTag('v1'))).rejects.toThrow();
      expect([registry.repositories(), await dark.rows()]).toEqual([[], []]);
      expect((await dark.verify()).complete).toBe(true);
      goOn.resolve(undefined);
      await importing;
      expect((await registry.manifest(target, parseTag('v1'))).bytes.equals(image.bytes)).toBe(true);
    });
  });

  test('and then to a server that has started in between', async () => {
    const { mock, connected, dark } = await twoSides();
    const image = mock.addImage('app', 'v1', { layers: [3000] });
    await connected.load(['app:v1']);
    const bundle = await connected.bundle();
    await mock.stop();
    await expect(dark.import(bundle.subarray(0, -1))).rejects.toThrow('truncated');
    // It knows all of it, and that nobody may have it.
    const door = await dark.dark();
    const path = (digest: string): string =>
      `/v2/app/${digest === image.digest ? 'manifests' : 'blobs'}/${digest}`;
    const digests = [image, ...image.blobs].map(({ digest }) => digest);
    for (const digest of digests) expect((await door.get(path(digest))).status).toBe(404);
    await dark.import(bundle);
    for (const digest of digests) expect((await door.get(path(digest))).status).toBe(200);
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });

  test('a dry run stores nothing and reports the same', async () => {
    const { mock, connected, dark } = await twoSides();
    mock.addImage('app', 'v1');
    await connected.load(['app:v1']);
    const bundle = await connected.bundle();
    const dry = await dark.import(bundle, { dryRun: true });
    expect(await readdir(join(dark.imagePath, 'blobs'))).toEqual([]);
    expect(await readdir(join(dark.imagePath, 'img'))).toEqual([]);
    expect(await dark.import(bundle)).toEqual(dry);
    expect((await dark.import(bundle)).images).toMatchObject([{ standing: 'unchanged' }]);
  });

  test('without pins', async () => {
    const { mock, connected, dark } = await twoSides();
    mock.addImage('app', 'v1');
    await connected.load(['app:v1']);
    await dark.import(await connected.bundle(), { pin: false });
    expect(await dark.rows()).toMatchObject([{ pinned: false, complete: true }]);
  });
});

describe('a bundle that is not as it was written', () => {
  const random = seededRandom();
  let bundle: Buffer = Buffer.alloc(0);
  let mock: MockRegistry;

  beforeAll(async () => {
    mock = await startMock();
    await using directory = await temporaryDirectory();
    const connected = new Side(mock, directory.path, [plainEntry(mock.host)]);
    mock.addImage('team/app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], layers: [3000] });
    mock.addImage('team/sha512', 'v1', { algorithm: 'sha512', layers: [700] });
    await connected.load(['team/app:v1', 'team/sha512:v1']);
    bundle = await connected.bundle();
  });
  afterAll(() => mock.stop());

  /** Names the entry that the byte is in. */
  async function entryAt(offset: number): Promise<string> {
    let at = 0;
    const table = await tableOf(bundle);
    const files = [
      ...[layoutFile.name, indexName, tableName].map((name) => ({ name, size: 0 })),
      ...[...table.manifests, ...table.blobs].map(({ digest, size }) => ({ name: blobName(digest), size })),
    ];
    for (const { name, size: known } of files) {
      const size = known === 0 ? (tarSize(bundle.subarray(at, at + 512)) ?? 0) : known;
      at += tarHeader({ name, size }).length + size + tarPadding(size).length;
      if (offset < at) return name;
    }
    return 'the end of the bundle';
  }

  async function refusal(altered: Buffer): Promise<BundleError> {
    const side = await openSide(mock);
    const error: unknown = await side.import(altered).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(BundleError);
    expect(await side.rows()).toEqual([]);
    // What was kept of it is sound, and the true bundle is taken afterwards.
    expect((await side.verify()).complete).toBe(true);
    await side.import(bundle);
    expect((await side.rows()).map(({ complete }) => complete)).toEqual([true, true]);
    return error as BundleError;
  }

  test.each(Array.from({ length: 12 }, (_, at) => at))(
    `is refused by the name of the entry, whichever byte was altered (${random.seed}, %i)`,
    async () => {
      const offset = random.below(bundle.length);
      const altered = Buffer.from(bundle);
      altered[offset] = (altered[offset] ?? 0) ^ (1 << random.below(8));
      const { entry } = await refusal(altered);
      expect([offset, entry]).toEqual([offset, expect.stringContaining(await entryAt(offset))]);
    },
  );

  test(`every byte around the content counts (${random.seed})`, async () => {
    const isContent = new Uint8Array(bundle.length);
    const { manifests, blobs } = await tableOf(bundle);
    let at = bundle.length - tarEnd.length;
    for (const { digest, size } of [...manifests, ...blobs].toReversed()) {
      at -= size + tarPadding(size).length;
      isContent.fill(1, at, at + size);
      at -= tarHeader({ name: blobName(digest), size }).length;
    }
    const undetected: number[] = [];
    for (let offset = random.below(7); offset < bundle.length; offset += 7) {
      if (isContent[offset] === 1) continue;
      const altered = Buffer.from(bundle);
      altered[offset] = (altered[offset] ?? 0) ^ (1 << random.below(8));
      const error: unknown = await readThrough(altered).catch((cause: unknown) => cause);
      if (!(error instanceof BundleError)) undetected.push(offset);
    }
    expect(undetected).toEqual([]);
  });

  test.each(Array.from({ length: 8 }, (_, at) => at))(
    `is refused by the name of the entry, wherever it ends (${random.seed}, %i)`,
    async () => {
      const offset = random.below(bundle.length);
      const { entry } = await refusal(bundle.subarray(0, offset));
      expect([offset, entry]).toEqual([offset, await entryAt(offset)]);
    },
  );

  test('its last byte counts, zeros behind it do not, and anything else behind it does', async () => {
    expect((await refusal(bundle.subarray(0, -1))).entry).toBe('the end of the bundle');
    expect((await refusal(Buffer.concat([bundle, bundle]))).entry).toBe('the end of the bundle');
    const side = await openSide(mock);
    expect((await side.import(Buffer.concat([bundle, Buffer.alloc(9000)]))).images).toHaveLength(2);
  });

  test('what was verified before is not stored again', async () => {
    const side = await openSide(mock);
    const cut = bundle.subarray(0, bundle.length - 3000);
    await expect(side.import(cut)).rejects.toThrow('truncated');
    const kept = (await readdir(join(side.imagePath, 'blobs'))).length;
    expect(kept).toBeGreaterThan(0);
    const { numbers } = await side.import(bundle);
    expect(numbers.blobs).toBe((await tableOf(bundle)).blobs.length - kept);
  });
});

/** Without a look at what the digests tell. */
async function readThrough(bytes: Buffer): Promise<void> {
  const reader = await BundleReader.open(Readable.from([bytes]));
  for (const part of [...reader.table.manifests, ...reader.table.blobs])
    for await (const _chunk of reader.part(part));
  await reader.end();
}
