// Loading from archives: what they hold is in the cache afterwards, whole, pinned, and servable with no upstream.
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { digestOf } from '../src/oci/digest.ts';
import { dockerParts, LayoutMaker, tar } from './archive-maker.ts';
import type { Part, TestDescriptor } from './archive-maker.ts';
import { sha256 } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import { openLoading } from './loading.ts';
import type { Ended, Loading } from './loading.ts';

const big = Buffer.alloc(400_000, 'layer');

async function loadFile(
  loading: Loading,
  bytes: Uint8Array,
  args: readonly string[] = [],
): Promise<Ended & { readonly path: string }> {
  const path = await loading.file('archive', bytes);
  return { ...(await (await loading.start(['load', path, ...args])).ended), path };
}

/** The manifest that a name leads to, and everything it names, each with the right bytes. */
async function served(door: FrontDoor, repository: string, reference: string): Promise<readonly string[]> {
  const query = '?ns=quay.test';
  const { status, body } = await door.raw(`/v2/${repository}/manifests/${reference}${query}`);
  if (status !== 200) throw new Error(`${repository} ${reference}: ${status} ${body.toString()}`);
  const {
    manifests = [],
    config,
    layers = [],
  } = JSON.parse(body.toString()) as Record<string, TestDescriptor[]> & {
    config?: TestDescriptor;
  };
  const digests = [sha256(body)];
  for (const { digest } of manifests) digests.push(...(await served(door, repository, digest)));
  for (const { digest } of [...(config === undefined ? [] : [config]), ...layers]) {
    const blob = await door.raw(`/v2/${repository}/blobs/${digest}${query}`);
    expect([blob.status, sha256(blob.body)]).toEqual([200, digest]);
    digests.push(digest);
  }
  return digests;
}

async function names(loading: Loading): Promise<readonly string[]> {
  return (await loading.rows()).map(
    ({ registry, repository, tag = '' }) => `${registry}/${repository}:${tag}`,
  );
}

describe('an OCI layout', () => {
  const layout = new LayoutMaker();
  const image = layout.tag(layout.image(['small', big]), 'quay.test/team/app:v1');

  test.each([
    ['tar', (bytes: Buffer) => bytes],
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('as %s is served whole and pinned, and a second time nothing is stored', async (_, compress) => {
    await using loading = await openLoading();
    const bytes = compress(await layout.tar());
    expect(await loadFile(loading, bytes)).toMatchObject({ status: 0, stderr: '' });
    expect(await loading.rows()).toMatchObject([
      {
        registry: 'quay.test',
        repository: 'team/app',
        tag: 'v1',
        digest: image.digest,
        complete: true,
        pinned: true,
      },
    ]);
    const again = await loadFile(loading, bytes);
    expect([again.status, again.stdout]).toEqual([
      0,
      expect.stringContaining('present quay.test/team/app:v1'),
    ]);
    await using door = await loading.dark();
    expect(await served(door, 'team/app', 'v1')).toHaveLength(4);
  });

  test('comes on standard input, in a directory, and by --load-images', async () => {
    for (const form of ['stdin', 'directory', 'flag']) {
      await using loading = await openLoading();
      const path = await loading.file('archive', await layout.tar());
      const directory = join(dirname(path), 'layout');
      for (const { name, content = '' } of layout.parts()) {
        await mkdir(dirname(join(directory, name)), { recursive: true });
        await writeFile(join(directory, name), content);
      }
      const args =
        { stdin: ['load', '-'], directory: ['load', directory], flag: ['--load-images', path] }[form] ?? [];
      const running = await loading.start(args);
      running.child.stdin.end(form === 'stdin' ? await layout.tar() : '');
      expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
      await using door = await loading.dark();
      expect(await served(door, 'team/app', 'v1')).toHaveLength(4);
    }
  });

  test('is preloaded by a server, and served by it', async () => {
    await using loading = await openLoading();
    const path = await loading.file('archive', await layout.tar());
    const serving = [
      'serve',
      '--host',
      '127.0.0.1',
      '--port',
      '0',
      '--preload-background',
      '--preload-images',
      path,
    ];
    const running = await loading.start(serving);
    await expect.poll(() => running.stdout, { timeout: 10_000 }).toContain('1 image loaded');
    const url = /^listening on +(\S+)$/m.exec(running.stdout)?.[1] ?? '';
    const { status, headers } = await fetch(`${url}/v2/team/app/manifests/v1?ns=quay.test`);
    expect([status, headers.get('docker-content-digest')]).toEqual([200, image.digest]);
    running.child.kill('SIGTERM');
    expect((await running.ended).status).toBe(0);
  });

  test('is stored under the name of --as, and unpinned by --no-pin', async () => {
    await using loading = await openLoading();
    const args = ['--as', 'quay.test=mirror.test', '--no-pin'];
    expect((await loadFile(loading, await layout.tar(), args)).status).toBe(0);
    expect(await loading.rows()).toMatchObject([{ registry: 'mirror.test', pinned: false }]);
  });
});

describe('names', () => {
  test('are taken from what each tool writes; short ones are docker.io’s', async () => {
    await using loading = await openLoading();
    const layout = new LayoutMaker();
    const containerd = {
      'io.containerd.image.name': 'quay.test/a:1',
      'org.opencontainers.image.ref.name': '1',
    };
    layout.name(layout.image(['a']), containerd);
    layout.tag(layout.image(['b']), 'nginx:1.27');
    layout.tag(layout.image(['b']), 'localhost/c:latest');
    const digest = layout.image(['d']);
    layout.tag(digest, `quay.test/d@${digest.digest}`);
    expect(await loadFile(loading, await layout.tar())).toMatchObject({ status: 0, stderr: '' });
    expect(await names(loading)).toEqual([
      'docker.io/library/nginx:1.27',
      'localhost/c:latest',
      'quay.test/a:1',
      'quay.test/d:',
    ]);
  });

  const nameless = new LayoutMaker();
  nameless.tag(nameless.image(['x']), 'v1');
  nameless.tag(nameless.image(['y']), 'quay.test/y:1');

  test('that are missing are given by --resolve-ref, for one image', async () => {
    await using loading = await openLoading();
    const without = await loadFile(loading, await nameless.tar());
    expect(without.status).toBe(1);
    expect(without.stderr).toBe(
      `ociregistry: ${without.path}: an image has no name: give it one with --resolve-ref; the archive has "v1", quay.test/y:1\n`,
    );
    expect(await names(loading)).toEqual(['quay.test/y:1']);
    const args = ['--resolve-ref', 'quay.test/x:v1'];
    expect(await loadFile(loading, await nameless.tar(), args)).toMatchObject({ status: 0, stderr: '' });
    expect(await names(loading)).toEqual(['quay.test/x:v1', 'quay.test/y:1']);
  });

  test.each([
    ['none', 0, 'no image is without a name, so none is quay.test/x:v1'],
    [
      'two',
      2,
      '2 images have no name, and --resolve-ref is for one image; the archive has "v0", "v1", quay.test/y:1',
    ],
  ])('are not given to %s', async (_, count, message) => {
    await using loading = await openLoading();
    const layout = new LayoutMaker();
    for (let index = 0; index < count; index += 1) layout.tag(layout.image([`x${index}`]), `v${index}`);
    layout.tag(layout.image(['y']), 'quay.test/y:1');
    const args = ['--resolve-ref', 'quay.test/x:v1'];
    const { status, stderr } = await loadFile(loading, await layout.tar(), args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(await names(loading)).toEqual(['quay.test/y:1']);
  });
});

describe('platforms', () => {
  const layout = new LayoutMaker();
  const on = (architecture: string, layer: string): TestDescriptor => ({
    ...layout.image([layer, big]),
    platform: { os: 'linux', architecture },
  });
  const children = [on('amd64', 'x'), on('arm64', 'y'), on('riscv64', 'z')];
  layout.tag(layout.index(children), 'quay.test/team/app:v1');
  const without = (...absent: readonly number[]): Promise<Buffer> =>
    tar(
      layout
        .parts()
        .filter(({ name }) => !absent.some((at) => name.endsWith(children[at]?.digest.slice(7) ?? '-'))),
    );

  test('that are not wanted are not kept', async () => {
    await using loading = await openLoading();
    const { status } = await loadFile(loading, await layout.tar(), ['--platform', 'linux/amd64']);
    expect(status).toBe(0);
    const kept = await readdir(join(loading.imagePath, 'img'));
    expect(kept).toEqual([children[0]?.digest.slice(7)]);
    expect(await readdir(join(loading.imagePath, 'blobs'))).toHaveLength(3);
  });

  test.each([
    ['not wanted', [1, 2], ['--platform', 'linux/amd64'], 0, ''],
    [
      'wanted beside others',
      [1],
      ['--platform', 'all'],
      0,
      'note: the archive has nothing of it for linux/arm64',
    ],
    [
      'all that is wanted',
      [1],
      ['--platform', 'linux/arm64'],
      1,
      'the archive has nothing of it for linux/arm64',
    ],
  ])('that the index names and the archive lacks, %s', async (_, absent, args, want, message) => {
    await using loading = await openLoading();
    const { status, stdout } = await loadFile(loading, await without(...absent), args);
    expect([status, stdout]).toEqual([want, expect.stringContaining(message)]);
    expect(await loading.rows()).toHaveLength(want === 0 ? 1 : 0);
  });
});

describe('referrers', () => {
  const layout = new LayoutMaker();
  const image = layout.tag(layout.image(['x']), 'quay.test/team/app:v1');
  const sbom = layout.name(layout.image(['sbom'], { subject: image, artifactType: 'application/spdx+json' }));
  const signature = layout.tag(layout.image(['signature']), `${sbom.digest.replace(':', '-')}.sig`);

  test('come with their image, also those of referrers, by their subject and by cosign’s tags', async () => {
    await using loading = await openLoading();
    const { stdout, status } = await loadFile(loading, await layout.tar());
    expect([status, stdout]).toEqual([0, expect.stringContaining('with 2 referrers')]);
    await using door = await loading.dark();
    const listed = await door.raw(`/v2/team/app/referrers/${image.digest}?ns=quay.test`);
    expect(JSON.parse(listed.body.toString())).toMatchObject({ manifests: [{ digest: sbom.digest }] });
    const tag = `${sbom.digest.replace(':', '-')}.sig`;
    expect((await served(door, 'team/app', tag))[0]).toBe(signature.digest);
  });

  test('are left out by --no-referrers', async () => {
    await using loading = await openLoading();
    expect((await loadFile(loading, await layout.tar(), ['--no-referrers'])).status).toBe(0);
    expect(await readdir(join(loading.imagePath, 'img'))).toEqual([image.digest.slice(7)]);
  });
});

describe('a docker archive', () => {
  const layers = [Buffer.alloc(1536), big];
  const diffIds = layers.map((layer) => digestOf(layer));
  const plain = layers.map((content, index): Part => ({ name: `${index}/layer.tar`, content }));
  const byDigest = layers.map((content): Part => ({ name: `${digestOf(content).slice(7)}.tar`, content }));
  const zipped = layers.map((content, index): Part => ({
    name: `${index}.tar.gz`,
    content: gzipSync(content),
  }));

  test('gives the same manifest whoever wrote it', async () => {
    const digests = [];
    for (const parts of [plain, byDigest]) {
      await using loading = await openLoading();
      const bytes = await tar(
        dockerParts(parts, { diffIds, tags: ['quay.test/app:v1', 'quay.test/other:v1'] }),
      );
      expect(await loadFile(loading, bytes)).toMatchObject({ status: 0, stderr: '' });
      expect(await names(loading)).toEqual(['quay.test/app:v1', 'quay.test/other:v1']);
      await using door = await loading.dark();
      const [manifest, , ...blobs] = await served(door, 'app', 'v1');
      expect(blobs).toEqual(diffIds);
      expect((await served(door, 'other', 'v1'))[0]).toBe(manifest);
      digests.push(manifest);
    }
    expect(new Set(digests).size).toBe(1);
  });

  test('has layers that several images share, behind links', async () => {
    await using loading = await openLoading();
    const links = ['0', '1'].map((name): Part => ({
      ...{ name: `image/${name}.tar`, type: 'symlink' as const, linkname: `../${name}/layer.tar` },
    }));
    const parts = dockerParts(links, { diffIds, tags: ['quay.test/app:v1'] });
    expect(await loadFile(loading, await tar([...parts, ...plain]))).toMatchObject({ status: 0, stderr: '' });
    await using door = await loading.dark();
    expect((await served(door, 'app', 'v1')).slice(2)).toEqual(diffIds);
  });

  test('may have compressed layers, which are served as they are', async () => {
    await using loading = await openLoading();
    const bytes = await tar(dockerParts(zipped, { diffIds, tags: ['quay.test/app:v1'] }));
    expect(await loadFile(loading, bytes)).toMatchObject({ status: 0, stderr: '' });
    await using door = await loading.dark();
    const { body } = await door.raw('/v2/app/manifests/v1?ns=quay.test');
    expect(JSON.parse(body.toString())).toMatchObject({
      layers: zipped.map(({ content = '' }) => ({
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        digest: digestOf(content),
      })),
    });
    await served(door, 'app', 'v1');
  });

  test.each([
    ['a layer that is another one', plain.toReversed(), diffIds, 'the config wants the layer'],
    ['a compressed layer that is another one', zipped.toReversed(), diffIds, 'the config wants the layer'],
    ['a layer too few', plain.slice(1), diffIds, 'it has 2 layers, of which manifest.json lists 1'],
  ])('with %s is refused, and nothing is left of it', async (_, parts, ids, message) => {
    await using loading = await openLoading();
    const bytes = await tar(dockerParts(parts, { diffIds: ids, tags: ['quay.test/app:v1'] }));
    const { status, stderr } = await loadFile(loading, bytes);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(await readdir(join(loading.imagePath, 'blobs'))).toEqual([]);
  });
});

test('a damaged image stops no other, and the exit code tells', async () => {
  await using loading = await openLoading();
  const layout = new LayoutMaker();
  const bad = layout.tag(layout.image(['bad', big]), 'quay.test/bad:v1');
  layout.tag(layout.image(['good', big]), 'quay.test/good:v1');
  const parts = layout
    .parts()
    .map((part) => (part.name.endsWith(digestOf('bad').slice(7)) ? { ...part, content: 'BAD' } : part));
  const { status, stdout, stderr, path } = await loadFile(loading, await tar(parts));
  expect(status).toBe(1);
  expect(stdout).toContain('loaded  quay.test/good:v1');
  expect(stderr).toMatch(
    /^ociregistry: quay\.test\/bad:v1: its bytes hash to sha256:\w+ \(entry "blobs\/sha256\/\w+"\)/,
  );
  expect(stderr).toContain(`(from ${path})`);
  expect(await readdir(join(loading.imagePath, 'img'))).not.toContain(bad.digest.slice(7));
});

test.each(['SIGINT', 'SIGKILL'] as const)(
  'interrupted by %s and run again, it writes only what is missing',
  async (signal) => {
    await using loading = await openLoading();
    const layout = new LayoutMaker();
    const layers = ['a', 'b', 'c'].map((letter) => Buffer.alloc(600_000, letter));
    layout.tag(layout.image(layers), 'quay.test/app:v1');
    const bytes = await layout.tar();
    const running = await loading.start(['load', '-']);
    running.child.stdin.on('error', () => undefined);
    running.child.stdin.write(bytes.subarray(0, 1_000_000));
    const blobs = (): Promise<readonly string[]> => readdir(join(loading.imagePath, 'blobs')).catch(() => []);
    await expect.poll(blobs, { timeout: 10_000 }).toHaveLength(1);
    running.child.kill(signal);
    await running.ended;
    expect(await loading.rows()).toEqual([]);
    expect(await blobs()).toHaveLength(1);
    const { status, stdout } = await loadFile(loading, bytes);
    expect([status, stdout]).toEqual([0, expect.stringContaining('(1.2 MB of 1.8 MB fetched)')]);
    await using door = await loading.dark();
    expect(await served(door, 'app', 'v1')).toHaveLength(5);
  },
);
