// What others do to the directory: damaged and foreign files, planted symlinks.
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../oci/digest.ts';
import { blobContent, collect, holderOf, linkOf, putBlob } from './store-samples.ts';
import { temporaryPlace } from './temporary-place.ts';

describe('a directory', () => {
  const place = temporaryPlace();
  const { open } = place;

  describe('with damaged holders', () => {
    const holder = holderOf('{}');
    const file = (change: object): string =>
      JSON.stringify({
        version: 1,
        digest: holder.digest,
        mediaType: 'm/t',
        anonymous: true,
        created: '2026-01-01T00:00:00.000Z',
        references: [],
        manifest: '{}',
        ...change,
      });
    const reference = { registry: 'registry.example.test', repository: 'a', tags: {} };
    const cases = [
      { what: 'nothing in it', text: '' },
      { what: 'zeros, as a power loss leaves them', text: '\0'.repeat(300) },
      { what: 'half a file', text: file({}).slice(0, 150) },
      { what: 'another manifest', text: file({ manifest: '{ }' }) },
      { what: 'another digest', text: file({ digest: digestOf('x') }) },
      { what: 'a newer version', text: file({ version: 2 }) },
      { what: 'no media type', text: file({ mediaType: undefined }) },
      { what: 'a bad time', text: file({ created: 'yesterday' }) },
      { what: 'a bad registry', text: file({ references: [{ ...reference, registry: 'https://x/' }] }) },
      { what: 'a bad repository', text: file({ references: [{ ...reference, repository: '../../etc' }] }) },
      {
        what: 'a bad tag',
        text: file({ references: [{ ...reference, tags: { '../x': { bound: '2026-01-01T00:00:00Z' } } }] }),
      },
      { what: 'a tag bound never', text: file({ references: [{ ...reference, tags: { v1: {} } }] }) },
      { what: 'a list of tags', text: file({ references: [{ ...reference, tags: [] }] }) },
      { what: 'more than fits', text: ' '.repeat(16 * 1024 * 1024) + file({}) },
    ];

    test('would read the sound one', async () => {
      const store = await open();
      await writeFile(join(place.root, 'img', digestHex(holder.digest)), file({ surplus: 'ignored' }));
      expect((await store.holderRead(holder.digest))?.manifest).toBe('{}');
    });

    test.each(cases)('($what) sets them aside and goes on', async ({ text }) => {
      const store = await open();
      const sound = holderOf('{"sound":true}');
      await store.holderUpdate(sound.digest, 'img', () => sound);
      const path = join(place.root, 'img', digestHex(holder.digest));
      for (const use of ['read', 'walk', 'rewalk', 'update'] as const) {
        await writeFile(path, text);
        if (use === 'read') expect(await store.holderRead(holder.digest)).toBeUndefined();
        else if (use === 'update') {
          await store.holderUpdate(holder.digest, 'img', (held) => {
            expect(held).toBeUndefined();
            return holder;
          });
        } else if (use === 'walk') expect(await collect(store.walk())).toMatchObject([{ holder: sound }]);
        else expect(await collect(store.rewalk())).toEqual([]);
        if (use !== 'update') await expect(lstat(path)).rejects.toThrow('ENOENT');
      }
      expect(await store.holderRead(holder.digest)).toEqual(holder);
      const aside = await readdir(join(place.root, 'damaged'));
      expect(aside).toHaveLength(4);
      expect(await readFile(join(place.root, 'damaged', aside[0] as string), 'utf8')).toBe(text);
      expect(
        place.log.lines.filter((line) => line.startsWith('warn set a damaged record aside')),
      ).toHaveLength(4);
    });

    test('sets damaged links aside too, and fills anew', async () => {
      const store = await open();
      const digest = await putBlob(store, Buffer.from('b'), 'r/a');
      await writeFile(join(place.root, 'links', digestHex(digest)), '{"version":1}');
      expect(await collect(store.walk())).toEqual([{ kind: 'blob', digest, size: 1 }]);
      await store.linkAdd(linkOf(digest, 'r/b'));
      expect(await store.linkRead(digest)).toEqual(linkOf(digest, 'r/b'));
    });
  });

  test('with foreign files ignores and keeps them', async () => {
    const store = await open();
    const planted = [
      'fat/README',
      'img/ABC',
      'links/.swp',
      'blobs/x.part',
      'pulls/notes.txt',
      'pulls/zz.w1.part',
    ];
    const upper = `blobs/${'A'.repeat(64)}`;
    for (const name of [...planted, upper]) await writeFile(join(place.root, name), 'foreign');
    execFileSync('mkfifo', [join(place.root, 'blobs', digestHex(digestOf('pipe')))]);
    await mkdir(join(place.root, 'blobs', digestHex(digestOf('folder'))));
    expect(await collect(store.walk())).toEqual([]);
    expect(await store.partials()).toEqual([]);
    expect(await store.blobOpen(digestOf('pipe'))).toBeUndefined();
    expect(await store.blobOpen(digestOf('folder'))).toBeUndefined();
    for (const name of [...planted, upper])
      expect(await readFile(join(place.root, name), 'utf8')).toBe('foreign');
    expect(place.log.lines.filter((line) => line.includes('foreign file'))).toHaveLength(5);
  });

  describe('with planted symlinks', () => {
    let secret: string;
    const bytes = Buffer.from('the real blob');
    const digest = digestOf(bytes);

    beforeEach(async () => {
      secret = join(place.root, '.secret');
      await writeFile(secret, bytes);
    });

    test('at blobs/<hex> misses, and replaces the link and not its target', async () => {
      const store = await open();
      await symlink(secret, join(place.root, 'blobs', digestHex(digest)));
      expect(await store.blobStat(digest)).toBeUndefined();
      expect(await store.blobOpen(digest)).toBeUndefined();
      expect(await collect(store.walk())).toEqual([]);
      await writeFile(secret, 'untouched');
      await putBlob(store, bytes);
      expect(await blobContent(store, digest)).toEqual(bytes);
      expect(await readFile(secret, 'utf8')).toBe('untouched');
    });

    test('at holders and links misses', async () => {
      const store = await open();
      const holder = holderOf('{}');
      await store.holderUpdate(holder.digest, 'img', () => holder);
      const sound = await readFile(join(place.root, 'img', digestHex(holder.digest)));
      await writeFile(secret, sound);
      await rm(join(place.root, 'img', digestHex(holder.digest)));
      await symlink(secret, join(place.root, 'img', digestHex(holder.digest)));
      expect(await store.holderRead(holder.digest)).toBeUndefined();
      await symlink(secret, join(place.root, 'links', digestHex(digest)));
      await store.linkAdd(linkOf(digest, 'r/a'));
      expect(await store.linkRead(digest)).toEqual(linkOf(digest, 'r/a'));
      expect(await readFile(secret)).toEqual(sound);
    });

    test('in pulls/ neither reads nor writes through them', async () => {
      const store = await open(50);
      const hex = digestHex(digest);
      await symlink(secret, join(place.root, 'pulls', `${hex}.evil.part`));
      await symlink(secret, join(place.root, 'pulls', `${hex}.lock`));
      await symlink(secret, join(place.root, 'pulls', `${hex}.w${place.names + 1}-2.part`)); // the very next name
      const staged = await store.blobStage(digest);
      expect(staged.size).toBe(0);
      await writeFile(secret, 'untouched');
      await staged.write(bytes);
      await (await staged.commit(linkOf(digest))).close();
      expect(await blobContent(store, digest)).toEqual(bytes);
      expect(await readFile(secret, 'utf8')).toBe('untouched');
    });
  });
});
