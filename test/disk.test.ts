// A disk that is full: pulls go on, streamed through uncached, and caching resumes by itself.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askAdmin, samples } from './admin-client.ts';
import { openFrontDoor, sha256, temporaryDirectory } from './front-door.ts';

const MIB = 1024 * 1024;

function mount(path: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('a file system of 6 MiB', async () => {
  const directory = await temporaryDirectory();
  const mounted = mount(directory.path);
  beforeAll(() => {
    if (!mounted) console.warn('no file system can be mounted here: the tests of a full disk are skipped');
  });
  afterAll(async () => {
    if (mounted) execFileSync('umount', ['-l', directory.path]);
    await directory[Symbol.asyncDispose]();
  });

  /** Takes away what fills and fillers have left, and nothing that is being written. */
  async function makeRoom(): Promise<void> {
    const pulls = join(directory.path, 'pulls');
    const left = (await readdir(pulls)).filter((name) => !/\.(?:tmp|lock|lease)$/.test(name));
    for (const name of left) await rm(join(pulls, name), { force: true });
  }

  test.skipIf(!mounted)(
    'a blob that it cannot take arrives all the same, and later ones are cached again',
    async () => {
      await using door = await openFrontDoor({ imagePath: directory.path });
      const large = door.mock.addBlob('app', { size: 12 * MIB });
      const clients = await Promise.all(
        Array.from({ length: 3 }, () => door.get(`/v2/app/blobs/${large.digest}`)),
      );
      for (const answer of clients) expect([answer.status, sha256(answer.body)]).toEqual([200, large.digest]);
      const range = await door.get(`/v2/app/blobs/${large.digest}`, { range: `bytes=${10 * MIB}-` });
      expect([range.status, range.body.equals(large.bytes().subarray(10 * MIB))]).toEqual([206, true]);
      expect(await readdir(join(door.imagePath, 'blobs'))).toEqual([]);
      const { text } = await askAdmin(join(door.imagePath, 'admin.sock'), '/metrics');
      expect(samples(text).get('ociregistry_disk_failures_total')).toBeGreaterThan(0);

      await makeRoom();
      const small = door.mock.addBlob('app', { size: 3 * MIB });
      expect(sha256((await door.get(`/v2/app/blobs/${small.digest}`)).body)).toBe(small.digest);
      await expect.poll(() => readdir(join(door.imagePath, 'blobs'))).toEqual([small.digest.slice(7)]);
    },
  );

  test.skipIf(!mounted)('wrong bytes do not end cleanly without the disk either', async () => {
    await using door = await openFrontDoor({ imagePath: directory.path });
    const large = door.mock.addBlob('app', { size: 12 * MIB });
    door.mock
      .on({ operation: 'blobGet' })
      .always()
      .flipAt(11 * MIB);
    const outcome = await door.get(`/v2/app/blobs/${large.digest}`).then(
      ({ status }) => status,
      () => 'broken',
    );
    expect(outcome).toBe('broken');
  });

  test.skipIf(!mounted)('with no room at all manifests are served, and tags move, from memory', async () => {
    await using door = await openFrontDoor({ imagePath: directory.path });
    const filler = join(directory.path, 'pulls', 'filler');
    await writeFile(filler, Buffer.alloc(6 * MIB)).catch(() => undefined);
    const image = door.mock.addImage('app', 'v1', { layers: [100_000] });
    for (let pulls = 0; pulls < 2; pulls += 1) {
      const answer = await door.get('/v2/app/manifests/v1');
      expect([answer.status, answer.headers['docker-content-digest']]).toEqual([200, image.digest]);
      for (const { digest } of image.blobs) {
        const blob = await door.get(`/v2/app/blobs/${digest}`);
        expect([blob.status, blob.status === 200 ? sha256(blob.body) : blob.body.toString()]).toEqual([
          200,
          digest,
        ]);
      }
    }
    await makeRoom();
    const stored = join(door.imagePath, 'img', image.digest.slice(7));
    await expect.poll(() => existsSync(stored), { timeout: 20_000 }).toBe(true);
    await door.mock.stop();
    await door.restart();
    const answer = await door.get('/v2/app/manifests/v1');
    expect([answer.status, answer.headers['docker-content-digest']]).toEqual([200, image.digest]);
  });

  test.skipIf(!mounted)(
    'a tag that the disk did not take on to a manifest that it has is not forgotten',
    async () => {
      await using door = await openFrontDoor({ imagePath: directory.path });
      const image = door.mock.addImage('tagged', 'v1', { layers: [] });
      await door.get('/v2/tagged/manifests/v1');
      const filler = join(directory.path, 'pulls', 'filler');
      await writeFile(filler, Buffer.alloc(6 * MIB)).catch(() => undefined);
      door.mock.store.tag('tagged', 'v2', image.digest);
      expect((await door.get('/v2/tagged/manifests/v2')).status).toBe(200);
      const holder = (): string => readFileSync(join(door.imagePath, 'img', image.digest.slice(7)), 'utf8');
      expect(holder()).not.toContain('"v2"');
      await makeRoom();
      await expect.poll(holder).toContain('"v2"');
      await door.mock.stop();
      await door.restart();
      for (const tag of ['v1', 'v2'])
        expect([tag, (await door.get(`/v2/tagged/manifests/${tag}`)).status]).toEqual([tag, 200]);
    },
  );

  test.skipIf(!mounted)('what there is room for only when the server stops is stored then', async () => {
    await using door = await openFrontDoor({ imagePath: directory.path });
    const filler = join(directory.path, 'pulls', 'filler');
    await writeFile(filler, Buffer.alloc(6 * MIB)).catch(() => undefined);
    const image = door.mock.addImage('last', 'v1', { layers: [] });
    await door.get('/v2/last/manifests/v1');
    expect(await readdir(join(door.imagePath, 'img'))).not.toContain(image.digest.slice(7));
    await makeRoom();
    await door.stop();
    expect(await readdir(join(door.imagePath, 'img'))).toContain(image.digest.slice(7));
  });
});
