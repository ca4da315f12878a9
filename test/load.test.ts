// Loading: what lists and manifests name is in the cache afterwards, whole, pinned, and servable with the upstream gone.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import type { MadeManifest } from '../mock/index.ts';
import { sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import { openLoading } from './loading.ts';

async function expectWhole(door: FrontDoor, repository: string, image: MadeManifest): Promise<void> {
  for (const { digest } of image.blobs) {
    const answer = await door.get(`/v2/${repository}/blobs/${digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, digest]);
  }
}

async function holder(imagePath: string, directory: 'fat' | 'img', digest: string): Promise<unknown> {
  return JSON.parse(await readFile(join(imagePath, directory, digest.slice(7)), 'utf8'));
}

describe('what is loaded', () => {
  test('is served whole with the upstream gone, and pinned', async () => {
    await using loading = await openLoading();
    const tagged = loading.mock.addImage('team/app', 'v1');
    const bare = loading.mock.addImage('team/other', 'v2');
    const list = `# ours\n${loading.name('team/app:v1')}\n${loading.name(`team/other@${bare.digest}`)}\n`;
    const { status, stdout, stderr } = await loading.load(list);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('2 images loaded');
    expect(await loading.rows()).toMatchObject([
      { repository: 'team/app', tag: 'v1', digest: tagged.digest, complete: true },
      { repository: 'team/other', digest: bare.digest, complete: true },
    ]);
    expect(await holder(loading.imagePath, 'img', tagged.digest)).toMatchObject({
      references: [{ tags: { v1: { pinned: true } } }],
    });
    expect(await holder(loading.imagePath, 'img', bare.digest)).toMatchObject({
      references: [{ pinned: true }],
    });
    await using door = await loading.dark();
    expect((await door.get('/v2/team/app/manifests/v1')).status).toBe(200);
    expect((await door.get(`/v2/team/other/manifests/${bare.digest}`)).status).toBe(200);
    await expectWhole(door, 'team/app', tagged);
    await expectWhole(door, 'team/other', bare);
  });

  test('is not fetched again', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    const text = loading.name('app:v1');
    await loading.load(text, ['--platform', 'all']);
    loading.mock.reset();
    const { status, stdout } = await loading.load(text, ['--platform', 'all']);
    expect([status, loading.fetches()]).toEqual([0, []]);
    expect(stdout).toContain(`present ${text}`);
  });

  test('is fetched once when several images have it in common', async () => {
    await using loading = await openLoading();
    const shared = loading.mock.addBlob('a', { size: 300_000 });
    const repositories = ['a', 'b', 'c', 'd'];
    const images = repositories.map((name) => loading.mock.addImage(name, 'v1', { layers: [shared] }));
    const text = repositories.map((name) => loading.name(`${name}:v1`)).join('\n');
    expect(await loading.load(text, ['--concurrent', '4'])).toMatchObject({ status: 0, stderr: '' });
    expect(loading.fetches().filter((reference) => reference === shared.digest)).toHaveLength(1);
    await using door = await loading.dark();
    for (const [index, name] of repositories.entries())
      await expectWhole(door, name, images[index] as MadeManifest);
  });

  test('stays pinned where its tag moves to, and --no-pin pins nothing', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'latest');
    await loading.load(loading.name('app'));
    const moved = loading.mock.addImage('app', 'latest');
    expect((await loading.load(loading.name('app'), ['--no-pin'])).status).toBe(0);
    expect(await holder(loading.imagePath, 'img', moved.digest)).toMatchObject({
      references: [{ tags: { latest: { pinned: true } } }],
    });
    const other = loading.mock.addImage('other', 'v1');
    await loading.load(loading.name('other:v1'), ['--no-pin']);
    expect(JSON.stringify(await holder(loading.imagePath, 'img', other.digest))).not.toContain('pinned');
  });

  test('is known to a server that runs on the directory', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1');
    await using door = await loading.beside();
    expect((await loading.load(loading.name('app:v1'))).status).toBe(0);
    await loading.mock.stop();
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
    await expectWhole(door, 'app', image);
  });

  test('stays pinned where a server that has not seen it follows its tag', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1');
    await using door = await loading.beside();
    expect((await loading.load(loading.name('app:v1'))).status).toBe(0);
    const moved = loading.mock.addImage('app', 'v1');
    expect((await door.get('/v2/app/manifests/v1')).headers['docker-content-digest']).toBe(moved.digest);
    expect(await holder(loading.imagePath, 'img', moved.digest)).toMatchObject({
      references: [{ tags: { v1: { pinned: true } } }],
    });
  });

  test('comes from YAML too, from files and patterns of files', async () => {
    await using loading = await openLoading();
    for (const tag of ['v1', 'v2', 'v3']) loading.mock.addImage('app', tag);
    const pod = (tag: string): string =>
      `---\napiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [{ name: a, image: "${loading.name(`app:${tag}`)}" }] }\n`;
    const first = await loading.file('a.pod.yaml', pod('v1'));
    await loading.file('b.pod.yaml', pod('v2'));
    const list = await loading.file('list.txt', `${loading.name('app:v3')}\n${loading.name('app:v1')}\n`);
    const running = await loading.start(['load', first.replace('a.pod', '*.pod'), list]);
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
    expect((await loading.rows()).map(({ tag }) => tag)).toEqual(['v1', 'v2', 'v3']);
  });
});

describe('platforms', () => {
  const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7'];
  test.each([
    { args: ['--platform', 'linux/arm64'], want: ['linux/arm64'] },
    { args: ['--arch', 'amd64,arm64'], want: ['linux/amd64', 'linux/arm64'] },
    { args: ['--arch', 'arm64', '--os', 'linux'], want: ['linux/arm64'] },
    { args: ['--platform', 'all'], want: platforms },
    { args: [], settings: { platforms: ['linux/arm/v7'] }, want: ['linux/arm/v7'] },
    { args: ['--platform', 'linux/amd64'], settings: { platforms: ['all'] }, want: ['linux/amd64'] },
  ])('$args $settings', async ({ args, settings, want }) => {
    await using loading = await openLoading();
    const index = loading.mock.addImage('app', 'v1', { platforms });
    expect((await loading.load(loading.name('app:v1'), args, settings)).status).toBe(0);
    const [row] = await loading.rows();
    expect([row?.platforms, row?.complete]).toEqual([want, true]);
    const blobs = want.flatMap((platform) => childFor(index, platform).blobs.map(({ digest }) => digest));
    expect(loading.mock.count({ operation: 'blobGet' })).toBe(new Set(blobs).size);
  });

  test('what an image is not for is a failure when nothing is left, and else a note', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1', { platforms: ['linux/amd64'] });
    const none = await loading.load(loading.name('app:v1'), ['--platform', 'linux/s390x']);
    expect(none.status).toBe(1);
    expect(none.stderr).toContain('it is not for linux/s390x; it is for linux/amd64');
    const some = await loading.load(loading.name('app:v1'), ['--platform', 'linux/s390x,linux/amd64']);
    expect(some.status).toBe(0);
    expect(some.stdout).toContain('note: it is not for linux/s390x');
  });
});

describe('referrers', () => {
  test.each([{ fallbackTag: false }, { fallbackTag: true }])(
    'come with their image ($fallbackTag), and theirs with them',
    async ({ fallbackTag }) => {
      await using loading = await openLoading({ referrersApi: !fallbackTag });
      const image = loading.mock.addImage('app', 'v1');
      const sbom = loading.mock.addArtifact('app', { subject: image, artifactType: 'a/sbom', fallbackTag });
      const signature = loading.mock.addArtifact('app', {
        subject: sbom,
        artifactType: 'a/sig',
        fallbackTag,
      });
      expect(await loading.load(loading.name('app:v1'))).toMatchObject({ status: 0, stderr: '' });
      await using door = await loading.dark();
      for (const [subject, referrer] of [
        [image, sbom],
        [sbom, signature],
      ] as const) {
        const answer = await door.get(`/v2/app/referrers/${subject.digest}`);
        const { manifests } = JSON.parse(answer.body.toString()) as { manifests: { digest: string }[] };
        expect(manifests.map(({ digest }) => digest)).toEqual([referrer.digest]);
        expect((await door.get(`/v2/app/manifests/${referrer.digest}`)).status).toBe(200);
        await expectWhole(door, 'app', referrer);
      }
    },
  );

  test('cosign’s tags come too', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1');
    const tag = `sha256-${image.digest.slice(7)}.sig`;
    const signature = loading.mock.addImage('app', tag);
    expect((await loading.load(loading.name('app:v1'))).status).toBe(0);
    await using door = await loading.dark();
    expect((await door.get(`/v2/app/manifests/${tag}`)).status).toBe(200);
    await expectWhole(door, 'app', signature);
  });

  test('--no-referrers asks for none', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1');
    loading.mock.addArtifact('app', { subject: image });
    expect((await loading.load(loading.name('app:v1'), ['--no-referrers'])).status).toBe(0);
    expect(loading.fetches()).toHaveLength(1 + image.blobs.length);
    expect(loading.mock.count({ operation: 'manifestHead' })).toBe(0);
  });
});

test('--as stores under another registry’s name, and asks the one it comes from', async () => {
  await using loading = await openLoading();
  const image = loading.mock.addImage('team/app', 'v1');
  const as = `${loading.mock.host}=registry.example.test`;
  expect(await loading.load(loading.name('team/app:v1'), ['--as', as])).toMatchObject({
    status: 0,
    stderr: '',
  });
  expect(await loading.rows()).toMatchObject([
    { registry: 'registry.example.test', repository: 'team/app', tag: 'v1', complete: true },
  ]);
  await using door = await loading.dark();
  const answer = await door.raw('/v2/team/app/manifests/v1?ns=registry.example.test');
  expect([answer.status, sha256(answer.body)]).toEqual([200, image.digest]);
});

describe('failures', () => {
  test('stop no other image, and are told with their reason', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1');
    const broken = loading.mock.addImage('broken', 'v1');
    loading.mock
      .on({ digest: broken.layers[0]?.digest ?? '' })
      .always()
      .status(404);
    const text = `${loading.name('absent:v1')}\nNot/A/Name\n${loading.name('broken:v1')}\n${loading.name('app:v1')}\n`;
    const { status, stdout, stderr } = await loading.load(text);
    expect(status).toBe(1);
    expect(stderr.split('\n').map((line) => line.replace(/: .*/, ''))).toHaveLength(4);
    expect(stderr).toContain('ociregistry: standard input:2: ');
    expect(stderr).toContain(`${loading.name('absent:v1')}: `);
    expect(stderr).toContain(`${loading.name('broken:v1')}: `);
    expect(stdout).toContain('1 image loaded');
    expect(stdout).toContain('2 failed, 1 mistake in the sources');
    expect((await loading.rows()).find(({ repository }) => repository === 'app')?.complete).toBe(true);
    // What is not whole is not pinned.
    expect(JSON.stringify(await holder(loading.imagePath, 'img', broken.digest))).not.toContain('pinned');
  });

  test.each([
    ['an archive that is none', 'images.tar.gz', gzipSync('x'), 'it ends too early: it was cut off'],
    ['what is not there', 'absent.txt', undefined, 'there is no such file'],
    ['a pattern that fits nothing', '*.none', undefined, 'there is no such file'],
    ['YAML without an image', 'a.yaml', Buffer.from('kind: Pod\napiVersion: v1\n'), 'no image is named'],
  ])('%s is told', async (_, name, bytes, message) => {
    await using loading = await openLoading();
    const path = bytes === undefined ? join(loading.imagePath, name) : await loading.file(name, bytes);
    const running = await loading.start(['load', path]);
    const { status, stderr } = await running.ended;
    expect([status, stderr]).toEqual([1, expect.stringContaining(`${path}: ${message}`)]);
  });

  test.each([
    [['--platform', 'x'], 'is no platform'],
    [['--arch', 'a b'], 'is no platform'],
    [['--os', 'linux/amd64'], 'is no operating system'],
    [['--as', 'a.test'], 'It is FROM=TO'],
  ])('%s is misuse', async (args, message) => {
    await using loading = await openLoading();
    const { status, stderr } = await loading.load('', args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
  'interrupted by %s and run again it goes on within the blob',
  async (signal) => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1', { layers: [1_000_000] });
    const layer = image.layers[0]?.digest ?? '';
    const gate = loading.mock.on({ digest: layer }).once().holdAt(600_000);
    const list = await loading.file('list.txt', loading.name('app:v1'));
    const running = await loading.start(['load', list]);
    await gate.reached;
    await expect.poll(() => loading.partialBytes()).toBe(600_000);
    running.child.kill(signal);
    const { status, stderr } = await running.ended;
    if (signal !== 'SIGKILL') {
      expect([status, stderr]).toEqual([
        signal === 'SIGINT' ? 130 : 143,
        'ociregistry: interrupted; run it again to go on where it ended\n',
      ]);
    }
    gate.release();
    loading.mock.reset();
    const again = await loading.start(['load', list]);
    expect(await again.ended).toMatchObject({ status: 0, stderr: '' });
    const ranges = loading.mock.requests.filter(({ reference }) => reference === layer);
    expect(ranges.map(({ range }) => range)).toEqual(['bytes=600000-']);
    await using door = await loading.dark();
    await expectWhole(door, 'app', image);
  },
);

test('--json prints a line for each image and one for all', async () => {
  await using loading = await openLoading();
  const image = loading.mock.addImage('app', 'v1');
  const { stdout, status } = await loading.load(`${loading.name('app:v1')}\n${loading.name('app:v2')}`, [
    '--json',
  ]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(status).toBe(1);
  expect(lines.map(({ event }) => event)).toEqual(['begun', 'loaded', 'begun', 'failed', 'ended']);
  expect(lines[1]).toMatchObject({ digest: image.digest, fetchedBlobs: image.blobs.length });
  expect(lines[4]).toMatchObject({ images: 2, loaded: 1, failed: 1 });
});

describe('preloading', () => {
  const serving = ['--host', '127.0.0.1', '--port', '0'];

  test('--load-images loads and ends', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1');
    const list = await loading.file('list.txt', loading.name('app:v1'));
    const running = await loading.start(['--load-images', list, '--concurrent', '4']);
    expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
    expect(await loading.rows()).toHaveLength(1);
  });

  test.each([[[]], [['--preload-background']]])(
    'the server serves whatever becomes of it %s',
    async (args) => {
      await using loading = await openLoading();
      loading.mock.addImage('app', 'v1');
      const list = await loading.file(
        'list.txt',
        `${loading.name('absent:v1')}\n${loading.name('app:v1')}\n`,
      );
      const running = await loading.start(['serve', ...serving, '--preload-images', list, ...args]);
      await expect.poll(() => running.stdout, { timeout: 10_000 }).toMatch(/^ready$/m);
      await expect.poll(() => running.stderr, { timeout: 10_000 }).toContain(loading.name('absent:v1'));
      expect(running.stdout).toContain('1 image loaded');
      const url = /^listening on +(\S+)$/m.exec(running.stdout)?.[1] ?? '';
      await loading.mock.stop();
      const response = await fetch(`${url}/v2/app/manifests/v1?ns=${loading.mock.host}`);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
      running.child.kill('SIGTERM');
      expect((await running.ended).status).toBe(0);
    },
  );

  test('a server that is told to stop while it preloads ends', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1');
    const gate = loading.mock.on({ operation: 'manifestGet' }).once().hold();
    const list = await loading.file('list.txt', loading.name('app:v1'));
    const running = await loading.start([...serving, '--preload-images', list]);
    await expect.poll(() => loading.mock.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
    gate.release();
  });
});
