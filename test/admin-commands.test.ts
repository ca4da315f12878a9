// The commands, through a running server and on the files: the same output, and what only the server can do.
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from './admin-client.ts';
import { LayoutMaker, tar } from './archive-maker.ts';
import { sha256 } from './front-door.ts';
import { openLoading } from './loading.ts';
import type { Loading } from './loading.ts';

/** Once through the server, once on the files. */
async function bothWays(loading: Loading, args: readonly string[]) {
  const place = ['--image-path', loading.imagePath];
  const through = await command(...args, ...place);
  return { through, direct: await command(...args, '--direct', ...place) };
}

/** Two images over one base layer, of which one is there for one platform only, and is not complete. */
async function filled() {
  const loading = await openLoading();
  const { mock } = loading;
  const base = mock.addBlob('app', { size: 20_000 });
  mock.addImage('app', 'v1', { layers: [base, 500] });
  mock.addImage('app', 'beside', { layers: [300] });
  const two = mock.addImage('two', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], layers: [base, 700] });
  const door = await loading.beside();
  await loading.load(loading.name('app:v1'));
  await door.get(`/v2/two/manifests/${two.digest}`);
  await door.get('/v2/two/manifests/v1');
  return { loading, door, base };
}

describe('the output is the same through the server and on the files', () => {
  let place: Awaited<ReturnType<typeof filled>>;
  beforeAll(async () => void (place = await filled()));
  afterAll(async () => {
    await place.door[Symbol.asyncDispose]();
    await place.loading[Symbol.asyncDispose]();
  });

  /** `REG` is the mock, `BASE` the digest of the base layer. */
  const table: readonly (readonly string[])[] = [
    ['list'],
    ['list', '--json', '--sort', 'pulled'],
    ['list', '--json', '*/two*', '--sort', 'size', '--link-check', 'strict'],
    ['list', 'ghcr.io/*'],
    ['du'],
    ['du', '--json'],
    ['inspect', '--json', 'REG/app:v1'],
    ['inspect', 'REG/two:v1'],
    ['inspect', 'BASE'],
    ['inspect', 'REG/app:none'],
    ['inspect', `sha256:${'0'.repeat(64)}`],
    ['verify', '--all', '--json', '--deep'],
    ['verify', 'REG/app:v1', 'REG/two:v1', '--platform', 'linux/arm64,linux/riscv64'],
    ['verify', 'REG/app:v1', 'NO'],
    ['missed', '--json'],
  ];

  test.each(table)('of %s %s %s', async (...words) => {
    const { loading, base } = place;
    const args = words.map((word) => word.replace('REG', loading.mock.host).replace('BASE', base.digest));
    const { through, direct } = await bothWays(loading, args);
    expect(through).toEqual(direct);
    expect(through.stdout + through.stderr).not.toBe('');
  });

  test('also of what another process has written, and of what a hand has taken away', async () => {
    const { loading, base } = place;
    await loading.load(loading.name('app:beside'), ['--direct']);
    await rm(join(loading.imagePath, 'blobs', base.digest.slice(7)));
    const list = await bothWays(loading, ['list', '--json']);
    expect(list.through).toEqual(list.direct);
    const verify = await bothWays(loading, ['verify', '--all']);
    expect(verify.through).toEqual(verify.direct);
    expect(verify.through.stdout).toMatch(/app:beside +yes/);
    expect(verify.through.stdout).toMatch(/app:v1 +no +layer \S+ is not cached/);
  });

  test.each([[[]], [['--json']]])('of a load %s', async (args) => {
    const outputs = [];
    for (const way of ['server', 'files']) {
      await using loading = await openLoading({ seed: 7 });
      loading.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
      const image = loading.mock.addImage('signed', 'v1');
      loading.mock.addArtifact('signed', { subject: image, artifactType: 'a/sig' });
      const text = ['app:v1', 'absent:v1', 'signed:v1', 'app:v1'].map((name) => loading.name(name));
      const given = [...args, '--platform', 'linux/arm64'];
      await using _door = way === 'server' ? await loading.beside() : undefined;
      const { status, stdout, stderr } = await loading.load(`${text.join('\n')}\nNO\n`, given);
      const again = await loading.load(text.join('\n'), given);
      const port = new RegExp(loading.mock.host, 'g');
      outputs.push(
        [status, stdout + again.stdout, stderr + again.stderr].map((x) => String(x).replace(port, 'M')),
      );
    }
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]?.[1]).toContain('signed:v1');
  });

  /** Whole ones, and those with which something is wrong: at once, in the midst, or at the end. */
  async function archives(): Promise<Readonly<Record<string, Buffer>>> {
    const [whole, nameless] = [new LayoutMaker(), new LayoutMaker()];
    const image = whole.image(['small', Buffer.alloc(3_000_000, 'layer')]);
    whole.tag(
      whole.index([{ ...image, platform: { os: 'linux', architecture: 'arm64' } }]),
      'quay.test/app:v1',
    );
    whole.tag(whole.image(['other']), 'quay.test/lacking:v1');
    nameless.tag(nameless.image(['x']), 'v1');
    const bytes = await whole.tar();
    return {
      'whole.tar': bytes,
      'again.tar.gz': gzipSync(bytes),
      'nameless.tar': await nameless.tar(),
      'cut.tar': bytes.subarray(0, 2_000_000),
      'hostile.tar': await tar([{ name: '../x' }, { name: 'y', content: Buffer.alloc(20_000_000) }]),
      'foreign.tar': await tar([{ name: 'readme', content: Buffer.alloc(2_000_000) }]),
    };
  }

  const loads: readonly (readonly [string, readonly string[]])[] = [
    ['whole.tar again.tar.gz', []],
    ['whole.tar', ['--json', '--platform', 'all', '--as', 'quay.test=m.test', '--no-pin']],
    ['cut.tar foreign.tar whole.tar', ['--platform', 'linux/arm64']],
    ['hostile.tar whole.tar', ['--json']],
    ['nameless.tar whole.tar', []],
    ['nameless.tar nameless.tar', ['--resolve-ref', 'quay.test/x:v1']],
    ['nameless.tar', ['--resolve-ref', 'quay.test/x:v1', '--no-referrers', '--json']],
    ['whole.tar', ['--resolve-ref', 'quay.test/x:v1', '--platform', 'linux/s390x']],
  ];

  test.each(loads)('of a load of the archives %s %s', async (sources, flags) => {
    const made = await archives();
    const outputs = [];
    for (const way of ['server', 'files']) {
      await using loading = await openLoading();
      const paths: string[] = [];
      for (const name of sources.split(' ')) paths.push(await loading.file(name, made[name] ?? ''));
      await using _door = way === 'server' ? await loading.beside() : undefined;
      const { status, stdout, stderr } = await (await loading.start(['load', ...paths, ...flags])).ended;
      const rows = (await loading.rows()).map(({ created: _, ...row }) => row);
      const place = dirname(loading.imagePath);
      outputs.push([status, stdout.replaceAll(place, ''), stderr.replaceAll(place, ''), rows]);
    }
    expect(outputs[0]).toEqual(outputs[1]);
  });

  test('of a list of twenty thousand', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1');
    await using _door = await loading.beside();
    await loading.load(loading.name('app:v1'));
    const names = Array.from({ length: 20_000 }, (_, index) => `${'long'.repeat(12)}/app:v${index}`);
    const list = await loading.file('list.txt', [...names, loading.name('app:v1')].join('\n'));
    const verify = ['verify', '--list', list];
    const through = await (await loading.start(verify)).ended;
    // A comparison that prints a megabyte when it fails helps nobody.
    expect(through.stdout.includes('1 of 20001 images complete')).toBe(true);
    const direct = await (await loading.start([...verify, '--direct'])).ended;
    expect([through.status, through.stderr, through.stdout === direct.stdout]).toEqual([1, '', true]);
  });
});

describe('a load through the server', () => {
  test.each(['stdin', 'directory'])(
    'takes an archive on %s, which its clients are served at once',
    async (form) => {
      await using loading = await openLoading();
      await using door = await loading.beside();
      const layout = new LayoutMaker();
      const image = layout.tag(layout.image(['small', Buffer.alloc(3_000_000, 'layer')]), 'quay.test/app:v1');
      const directory = join(loading.imagePath, '..', 'layout');
      for (const { name, content = '' } of layout.parts()) {
        await mkdir(dirname(join(directory, name)), { recursive: true });
        await writeFile(join(directory, name), content);
      }
      const running = await loading.start(['load', form === 'stdin' ? '-' : directory]);
      running.child.stdin.end(form === 'stdin' ? await layout.tar() : '');
      expect(await running.ended).toMatchObject({ status: 0, stderr: '' });
      const { status, headers } = await door.raw('/v2/app/manifests/v1?ns=quay.test');
      expect([status, headers['docker-content-digest']]).toEqual([200, image.digest]);
    },
  );

  test('holds off whoever would prune while an archive comes, and no longer', async () => {
    await using loading = await openLoading();
    await using door = await loading.beside();
    const layout = new LayoutMaker();
    layout.tag(layout.image([Buffer.alloc(3_000_000, 'layer')]), 'quay.test/app:v1');
    const bytes = await layout.tar();
    const running = await loading.start(['load', '-']);
    running.child.stdin.write(bytes.subarray(0, 2_000_000));
    const pulls = join(loading.imagePath, 'pulls');
    const leases = async (): Promise<readonly string[]> =>
      (await readdir(pulls)).filter((name) => name.endsWith('.lease'));
    await expect.poll(leases, { timeout: 20_000 }).toHaveLength(1);
    // By its holder's name it is the server's.
    const holder = async (): Promise<string> => readFile(join(pulls, (await leases())[0] ?? ''), 'utf8');
    await expect.poll(holder, { timeout: 20_000 }).toContain('load of standard input');
    running.child.kill('SIGINT');
    expect((await running.ended).stderr).toContain('interrupted');
    await expect.poll(leases, { timeout: 20_000 }).toEqual([]);
    // The server has lost nothing by it.
    const again = await loading.start(['load', '-']);
    again.child.stdin.end(bytes);
    expect(await again.ended).toMatchObject({ status: 0, stderr: '' });
    expect((await door.raw('/v2/app/manifests/v1?ns=quay.test')).status).toBe(200);
  });

  test('moves the tags and sets the pins that the server knows', async () => {
    await using loading = await openLoading();
    loading.mock.addImage('app', 'v1', { layers: [100] });
    await using door = await loading.beside();
    await door.get('/v2/app/manifests/v1');
    const moved = loading.mock.addImage('app', 'v1', { layers: [200] });
    expect(await loading.load(loading.name('app:v1'))).toMatchObject({ status: 0, stderr: '' });
    const again = loading.mock.addImage('app', 'v1', { layers: [300] });
    await expect
      .poll(async () => (await door.get('/v2/app/manifests/v1')).headers['docker-content-digest'])
      .toBe(again.digest);
    // The pin has gone along with the tag, on the disk too.
    const rows = await loading.rows();
    expect(rows.filter(({ pinned }) => pinned).map(({ digest }) => digest)).toEqual([again.digest]);
    expect(rows.map(({ digest }) => digest)).toContain(moved.digest);
  });

  test('goes by the server’s configuration where the command says nothing', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    await using door = await loading.beside();
    const place = ['--image-path', loading.imagePath];
    // This process knows nothing of the mock's plain HTTP.
    const list = await loading.file('list.txt', loading.name('app:v1'));
    expect(await command('load', list, ...place)).toMatchObject({ status: 0, stderr: '' });
    const listed = async (): Promise<readonly string[]> => (await loading.rows())[0]?.platforms ?? [];
    // That of the front door.
    expect(await listed()).toEqual(['linux/amd64']);
    expect(await command('load', list, '--arch', 'all', ...place)).toMatchObject({ status: 0 });
    expect(await listed()).toEqual(['linux/amd64', 'linux/arm64']);
    expect((await door.get(`/v2/app/manifests/${image.digest}`)).status).toBe(200);
  });

  test('that is interrupted begins nothing more, and what is under way comes', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1', { layers: [1_000_000] });
    loading.mock.addImage('other', 'v1');
    const layer = image.layers[0]?.digest ?? '';
    const gate = loading.mock.on({ digest: layer }).once().holdAt(600_000);
    await using door = await loading.beside();
    const list = await loading.file('list.txt', `${loading.name('app:v1')}\n${loading.name('other:v1')}\n`);
    const running = await loading.start(['load', list]);
    await gate.reached;
    running.child.kill('SIGINT');
    expect(await running.ended).toMatchObject({
      status: 130,
      stderr: 'ociregistry: interrupted; run it again to go on where it ended\n',
    });
    gate.release();
    const cached = async (): Promise<boolean> =>
      (await loading.rows()).some(({ repository, complete }) => repository === 'app' && complete);
    await expect.poll(cached).toBe(true);
    expect(loading.mock.requests.filter(({ repository }) => repository === 'other')).toEqual([]);
    expect(sha256((await door.get(`/v2/app/blobs/${layer}`)).body)).toBe(layer);
    // Run again it finds what came, and does the rest.
    loading.mock.reset();
    const again = await loading.start(['load', list]);
    expect(await again.ended).toMatchObject({ status: 0, stderr: '' });
    expect(loading.fetches()).not.toContain(layer);
  });

  test('twice at once asks the registry once for each blob', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1', { layers: [400_000, 300_000] });
    const layer = image.layers[0]?.digest ?? '';
    const gate = loading.mock.on({ digest: layer }).once().holdAt(200_000);
    await using _door = await loading.beside();
    const list = await loading.file('list.txt', loading.name('app:v1'));
    const both = await Promise.all([loading.start(['load', list]), loading.start(['load', list])]);
    await gate.reached;
    gate.release();
    for (const { ended } of both) expect(await ended).toMatchObject({ status: 0, stderr: '' });
    for (const { digest } of image.blobs) {
      expect(loading.fetches().filter((reference) => reference === digest)).toEqual([digest]);
    }
  });

  test('ends with the server, which says so', async () => {
    await using loading = await openLoading();
    const image = loading.mock.addImage('app', 'v1', { layers: [1_000_000] });
    const gate = loading.mock
      .on({ digest: image.layers[0]?.digest ?? '' })
      .once()
      .holdAt(600_000);
    await using door = await loading.beside();
    const list = await loading.file('list.txt', loading.name('app:v1'));
    const running = await loading.start(['load', list]);
    await gate.reached;
    await door.stop();
    expect(await running.ended).toMatchObject({
      status: 1,
      stderr: 'ociregistry: the server: the server is stopping\n',
    });
    gate.release();
  });
});
