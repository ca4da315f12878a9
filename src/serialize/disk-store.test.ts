// The store on a directory: the common suite, and what only a directory can suffer.
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../oci/digest.ts';
import { openDiskStore } from './disk-store.ts';
import { StoreError } from './errors.ts';
import {
  blobContent,
  collect,
  contentOf,
  holderOf,
  linkOf,
  putBlob,
  referenceOf,
  rememberingLog,
} from './store-samples.ts';
import { storeSuite } from './store-suite.ts';
import type { Store } from './store.ts';
import { temporaryPlace } from './temporary-place.ts';

let names = 0;

storeSuite('a store on a directory', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ociregistry-store-'));
  const random = (): string => `w${++names}`;
  return {
    open: () => openDiskStore({ root, clock: () => new Date(), random, log: rememberingLog() }),
    remove: () => rm(root, { recursive: true }),
  };
});

describe('a directory', () => {
  const place = temporaryPlace();
  const { open } = place;

  test('is laid out as written down, for its owner alone, and readable by jq', async () => {
    place.root = join(place.root, 'made', 'deep');
    const store = await open();
    const manifest = '{"schemaVersion":2}\n';
    const tags = { latest: { bound: '2026-01-01T00:00:00.000Z', revalidated: '2026-01-02T00:00:00.000Z' } };
    const holder = holderOf(manifest, { references: [referenceOf('team/app', tags)] });
    await store.holderUpdate(holder.digest, 'fat', () => holder);
    const blob = await putBlob(store, Buffer.from('blob'), 'registry.example.test/team/app');
    const names = await readdir(place.root, { recursive: true });
    expect(names.sort()).toEqual(
      [
        'blobs',
        `blobs/${digestHex(blob)}`,
        'fat',
        `fat/${digestHex(holder.digest)}`,
        'img',
        'links',
        `links/${digestHex(blob)}`,
        'ociregistry-layout.json',
        'pulls',
      ].sort(),
    );
    for (const name of names) {
      const stats = await lstat(join(place.root, name));
      expect(stats.mode & 0o777, name).toBe(stats.isDirectory() ? 0o700 : 0o600);
    }
    expect(JSON.parse(await readFile(join(place.root, 'ociregistry-layout.json'), 'utf8'))).toEqual({
      layoutVersion: 1,
    });
    const text = await readFile(join(place.root, 'fat', digestHex(holder.digest)), 'utf8');
    expect(text).toMatch(/^\{\n {2}"version": 1,\n {2}"digest": "sha256:/);
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      version: 1,
      digest: holder.digest,
      mediaType: holder.mediaType,
      anonymous: true,
      created: holder.created,
      references: [{ registry: 'registry.example.test', repository: 'team/app', tags }],
      manifest,
    });
    expect(JSON.parse(await readFile(join(place.root, 'links', digestHex(blob)), 'utf8'))).toEqual({
      version: 1,
      digest: blob,
      anonymous: false,
      repositories: ['registry.example.test/team/app'],
    });
  });

  test('can be opened by many at once', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => open()));
    const digest = await putBlob(opened[0] as Store, Buffer.from('x'));
    for (const store of opened) expect(await blobContent(store, digest)).toEqual(Buffer.from('x'));
    expect(await readdir(join(place.root, 'pulls'))).toEqual([]);
  });

  describe('with locks of dead writers', () => {
    test.each(['file', 'folder'])('takes them over (%s), and loses no update of the living', async (what) => {
      const [one, two] = [await open(100), await open(100)];
      const holder = holderOf('{}', { references: [] });
      const lock = join(place.root, 'pulls', `${digestHex(holder.digest)}.lock`);
      await (what === 'file' ? writeFile(lock, '') : mkdir(lock));
      const names = Array.from({ length: 10 }, (_, index) => `r/n${index}`);
      await Promise.all(
        names.map(async (name, index) => {
          await (index % 2 ? one : two).holderUpdate(holder.digest, 'img', (held = holder) => ({
            ...held,
            references: [...held.references, referenceOf(name)],
          }));
        }),
      );
      expect((await one.holderRead(holder.digest))?.references).toHaveLength(names.length);
      expect(await readdir(join(place.root, 'pulls'))).toEqual([]);
    });

    test('starts an update again that stalled until its own lock was taken over', async () => {
      const store = await open();
      const holder = holderOf('{}');
      const lock = join(place.root, 'pulls', `${digestHex(holder.digest)}.lock`);
      let runs = 0;
      await store.holderUpdate(holder.digest, 'img', () => {
        // Another process took the lock over and is done already.
        if (++runs === 1) execFileSync('rm', [lock]);
        return holder;
      });
      expect(runs).toBe(2);
      expect(await store.holderRead(holder.digest)).toEqual(holder);
      expect(await readdir(join(place.root, 'pulls'))).toEqual([]);
    });
  });

  test('sweeps at opening what dead writers left, and neither young files nor partials', async () => {
    await open();
    const hex = digestHex(digestOf('x'));
    const names = {
      old: [`${hex}.w9-1.tmp`, `${hex}.lock`],
      young: [`${hex}.w9-2.tmp`],
      kept: [`${hex}.w9.part`],
    };
    for (const name of Object.values(names).flat()) await writeFile(join(place.root, 'pulls', name), 'x');
    const before = new Date(Date.now() - 2 * 3_600_000);
    for (const name of [...names.old, ...names.kept])
      await utimes(join(place.root, 'pulls', name), before, before);
    const store = await open();
    expect((await readdir(join(place.root, 'pulls'))).sort()).toEqual([...names.young, ...names.kept].sort());
    expect(await store.partials()).toMatchObject([{ size: 1, modified: before }]);
    await store.expirePartials(3_600_000);
    expect(await store.partials()).toEqual([]);
  });

  test('rewalks also long after, when its time has settled', async () => {
    const [ours, theirs] = [await open(), await open()];
    await collect(ours.walk());
    expect(await collect(ours.rewalk())).toEqual([]);
    await sleep(1_100);
    expect(await collect(ours.rewalk())).toEqual([]); // from now on an unchanged directory is not even listed
    expect(await collect(ours.rewalk())).toEqual([]);
    const holder = holderOf('{}');
    await theirs.holderUpdate(holder.digest, 'img', () => holder);
    expect(await collect(ours.rewalk())).toMatchObject([{ holder }]);
  });

  test('copies a partial rather than share its file', async () => {
    const [dead, store] = [await open(), await open()];
    const digest = digestOf('0123456789');
    const theirs = await dead.blobStage(digest);
    await theirs.write(Buffer.from('01234'));
    const staged = await store.blobStage(digest);
    await staged.write(Buffer.from('56789'));
    expect(await contentOf(theirs)).toEqual(Buffer.from('01234'));
    const files = await readdir(join(place.root, 'pulls'));
    expect(files).toHaveLength(2);
    const inodes = await Promise.all(
      files.map(async (name) => (await stat(join(place.root, 'pulls', name))).ino),
    );
    expect(new Set(inodes).size).toBe(2);
    await (await staged.commit(linkOf(digest))).close();
    expect(await readdir(join(place.root, 'pulls'))).toEqual([]);
  });

  test('suspends what is being staged when it is closed', async () => {
    const store = await open();
    const staged = await store.blobStage(digestOf('0123456789'));
    await staged.write(Buffer.from('01234'));
    await store.close();
    await expect(staged.write(Buffer.from('5'))).rejects.toThrow(StoreError);
    const resumed = await (await open()).blobStage(digestOf('0123456789'));
    expect(await contentOf(resumed)).toEqual(Buffer.from('01234'));
  });

  test('names no file after a random source that leads elsewhere', async () => {
    const opening = openDiskStore({
      root: place.root,
      clock: () => new Date(),
      random: () => '../x',
      log: place.log,
    });
    await expect(opening).rejects.toThrow('random source');
  });

  test('that turns full says so, keeps what it has, and goes on when there is room', async (context) => {
    place.root = join(place.root, 'small');
    await mkdir(place.root);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', place.root], { stdio: 'ignore' });
    } catch {
      context.skip('mounting needs privileges');
    }
    try {
      const store = await open();
      const bytes = Buffer.alloc(3 * 1024 * 1024, 'x');
      const staged = await store.blobStage(digestOf(bytes));
      await writeFile(join(place.root, '.ballast'), Buffer.alloc(2 * 1024 * 1024));
      const half = bytes.length / 2;
      await staged.write(bytes.subarray(0, half));
      await expect(staged.write(bytes.subarray(half))).rejects.toMatchObject({
        name: 'StoreError',
        code: 'ENOSPC',
      });
      expect(staged.size).toBe(half);
      const holder = holderOf('{}', { mediaType: 'x'.repeat(900_000) });
      const update = store.holderUpdate(holder.digest, 'img', () => holder);
      await expect(update).rejects.toMatchObject({ code: 'ENOSPC' });
      expect((await readdir(join(place.root, 'pulls'))).filter((name) => !name.endsWith('.part'))).toEqual(
        [],
      );
      const started = await open(); // a full disk can be started from
      await expect(started.blobStage(staged.digest)).rejects.toMatchObject({ code: 'ENOSPC' });
      expect(await started.partials()).toHaveLength(1);
      await rm(join(place.root, '.ballast'));
      await staged.write(bytes.subarray(half));
      await (await staged.commit(linkOf(staged.digest))).close();
      expect(await blobContent(store, staged.digest)).toEqual(bytes);
      await place.closeAll();
    } finally {
      execFileSync('umount', ['-l', place.root]);
    }
  });
});
