// Bundles through running servers, as on the files: what is written, what is said, and what a broken connection leaves.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { join } from 'node:path';
import { Agent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { command } from './admin-client.ts';
import { FrontDoor, sha256, temporaryDirectory } from './front-door.ts';
import { openLoading, Running } from './loading.ts';
import type { Loading } from './loading.ts';

type Way = 'server' | 'files';

class Gap {
  readonly loading: Loading;
  readonly place: string;

  constructor(loading: Loading, place: string) {
    this.loading = loading;
    this.place = place;
  }

  file(name: string): string {
    return join(this.place, name);
  }

  get dark(): string {
    return this.file('dark');
  }

  here(...args: readonly string[]) {
    return command(...this.words(args), '--image-path', this.loading.imagePath);
  }

  there(...args: readonly string[]) {
    return command(...this.words(args), '--image-path', this.dark);
  }

  words(args: readonly string[]): readonly string[] {
    return args.map((word) => word.replace('REG', this.loading.mock.host).replace('AT', this.place));
  }

  async door(imagePath: string): Promise<FrontDoor> {
    const door = new FrontDoor(this.loading.mock, imagePath, { config: { airGapped: true } });
    onTestFinished(() => door.stop());
    await door.start();
    return door;
  }

  /** Without what differs from one gap to the next. */
  plain(text: string): string {
    return text
      .replaceAll(this.loading.mock.host, 'M')
      .replaceAll(this.place, 'AT')
      .replaceAll(this.loading.imagePath, 'HERE');
  }
}

async function openGap(): Promise<Gap> {
  const loading = await openLoading({ seed: 5 });
  onTestFinished(() => loading[Symbol.asyncDispose]());
  const directory = await temporaryDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return new Gap(loading, directory.path);
}

/** Two images over one layer, one of them signed; the second comes when `more` is called. */
async function filled(way: Way) {
  const gap = await openGap();
  const { loading } = gap;
  const image = loading.mock.addImage('app', 'v1', { layers: [400_000, 500] });
  loading.mock.addArtifact('app', { subject: image, artifactType: 'a/sig' });
  expect(await loading.load(loading.name('app:v1'))).toMatchObject({ status: 0 });
  if (way === 'server') {
    await gap.door(loading.imagePath);
    await gap.door(gap.dark);
  }
  const more = async (): Promise<void> => {
    loading.mock.addImage('app', 'v2', { layers: [...image.layers, 700] });
    expect(await loading.load(loading.name('app:v2'), ['--direct'])).toMatchObject({ status: 0 });
  };
  return { gap, image, more };
}

describe('the output is the same through the servers and on the files', () => {
  test('of what crosses the gap, and of what does not', { timeout: 120_000 }, async () => {
    const outputs = [];
    for (const way of ['server', 'files'] as const) {
      const { gap, more } = await filled(way);
      const said: unknown[] = [];
      const say = async (running: Promise<{ status: number | null; stdout: string; stderr: string }>) => {
        const { status, stdout, stderr } = await running;
        said.push([status, gap.plain(stdout), gap.plain(stderr)]);
      };
      await say(gap.here('inventory'));
      await say(gap.here('export', '-o', 'AT/one.tar', 'REG/app:v1'));
      await say(gap.there('import', '--dry-run', '--json', 'AT/one.tar'));
      await say(gap.there('import', 'AT/one.tar'));
      await say(gap.there('inventory', '-o', 'AT/dark.txt'));
      await more();
      await say(gap.here('export', '-o', 'AT/two.tar', '--all', '--have', 'AT/dark.txt', '--json'));
      await say(gap.here('export', '-o', 'AT/bare.tar', '--all', '--no-referrers'));
      await say(gap.here('export', '-o', 'AT/no.tar', 'REG/app:v3', '--pattern', 'quay.io/*'));
      await say(gap.here('export', '-o', 'AT/one-platform.tar', 'REG/app:v1', '--platform', 'linux/riscv64'));
      await writeFile(gap.file('cut.tar'), (await readFile(gap.file('bare.tar'))).subarray(0, -9000));
      await writeFile(gap.file('other.tar'), Buffer.alloc(30_000));
      const bundles = ['two', 'other', 'absent', 'cut', 'one'].map((name) => `AT/${name}.tar`);
      await say(gap.there('import', '--json', '--no-pin', ...bundles));
      await say(gap.there('import', 'AT/two.tar'));
      for (const [name, ...args] of [
        ['two.tar', '--all', '--have', 'AT/dark.txt'],
        ['bare.tar', '--all', '--no-referrers'],
      ] as const) {
        expect(await gap.here('export', '-o', 'AT/again.tar', ...args, '--direct')).toMatchObject({
          status: 0,
        });
        expect((await readFile(gap.file(name))).equals(await readFile(gap.file('again.tar')))).toBe(true);
      }
      outputs.push(said);
      expect(await gap.there('verify', '--all', '--deep', '--direct')).toMatchObject({ status: 0 });
    }
    expect(outputs[0]).toEqual(outputs[1]);
    const statuses = outputs[0]?.map((each) => (each as unknown[])[0]);
    expect(statuses).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0]);
  });

  test('of a bundle that lacks its base', async () => {
    const outputs = [];
    for (const way of ['server', 'files'] as const) {
      const { gap, more } = await filled(way);
      await gap.here('inventory', '-o', 'AT/base.txt');
      await more();
      await gap.here('export', '-o', 'AT/more.tar', '--all', '--have', 'AT/base.txt');
      const { status, stdout, stderr } = await gap.there('import', 'AT/more.tar');
      outputs.push([status, gap.plain(stdout), gap.plain(stderr)]);
    }
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]?.[2]).toContain('lacks');
  });
});

test('by a pipe from one server to the other, which serves it at once', async () => {
  const { gap, image } = await filled('files');
  await gap.door(gap.loading.imagePath);
  const door = await gap.door(gap.dark);
  expect((await door.get('/v2/app/manifests/v1')).status).toBe(404);
  const importing = gap.loading.start(['import', '-', '--server', `unix:${gap.dark}/admin.sock`]);
  const exporting = gap.loading.start(['export', '-o', '-', '--all']);
  const [into, from] = await Promise.all([importing, exporting]);
  from.child.stdout.pipe(into.child.stdin);
  expect(await from.ended).toMatchObject({ status: 0 });
  expect(await into.ended).toMatchObject({ status: 0, stderr: '' });
  expect(sha256((await door.get('/v2/app/manifests/v1')).body)).toBe(image.digest);
  for (const { digest } of image.blobs)
    expect(sha256((await door.get(`/v2/app/blobs/${digest}`)).body)).toBe(digest);
});

/** A server's socket, of whose answer only so many bytes get through. */
async function cutting(gap: Gap, socket: string, bytes: number): Promise<string> {
  const path = gap.file('cut.sock');
  const server = createServer((client) => {
    const upstream = connect(socket);
    let left = bytes;
    client.on('error', () => undefined).pipe(upstream);
    upstream
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        client.write(chunk.subarray(0, left));
        left -= chunk.byteLength;
        if (left > 0) return;
        client.destroySoon();
        upstream.destroy();
      });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

describe('a stream that breaks', () => {
  test.each([2000, 100_000, 395_000])('after %i bytes of an export leaves no bundle', async (bytes) => {
    const { gap } = await filled('server');
    await writeFile(gap.file('b.tar'), 'the older one');
    const path = await cutting(gap, join(gap.loading.imagePath, 'admin.sock'), bytes);
    const ended = await gap.here('export', '-o', 'AT/b.tar', '--all', '--server', `unix:${path}`);
    expect([ended.status, ended.stdout]).toEqual([1, '']);
    expect(ended.stderr).toContain('broke off its answer');
    expect((await readdir(gap.place)).filter((name) => name.endsWith('.partial'))).toEqual([]);
    expect(await readFile(gap.file('b.tar'), 'utf8')).toBe('the older one');
  });

  test('of an export because a blob is damaged leaves no bundle', async () => {
    const { gap, image } = await filled('server');
    const [layer] = image.layers;
    await writeFile(
      join(gap.loading.imagePath, 'blobs', layer?.digest.slice(7) ?? ''),
      Buffer.alloc(400_000),
    );
    const ended = await gap.here('export', '-o', 'AT/b.tar', '--all');
    expect([ended.status, ended.stderr]).toEqual([1, expect.stringContaining('broke off its answer')]);
    expect(await readdir(gap.place)).toEqual(['dark']);
  });

  test('of an import leaves nothing visible, and the lease is free', async () => {
    const { gap } = await filled('server');
    await gap.here('export', '-o', 'AT/b.tar', '--all');
    const bundle = await readFile(gap.file('b.tar'));
    const agent = new Agent({ connect: { socketPath: join(gap.dark, 'admin.sock') } });
    const going = Promise.withResolvers<void>();
    const uploading = agent.request({
      origin: 'http://localhost',
      path: '/admin/v1/import',
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
      body: (async function* () {
        yield bundle.subarray(0, 300_000);
        await going.promise;
      })() as never,
    });
    const leases = async (): Promise<readonly string[]> =>
      (await readdir(join(gap.dark, 'pulls'))).filter((name) => name.endsWith('.lease'));
    await expect.poll(async () => (await leases()).length).toBe(1);
    // Meanwhile nothing can be pruned; only said what would be.
    expect(await gap.there('prune', '*', '--dry-run')).toMatchObject({ status: 0, stderr: '' });
    const pruning = gap.there('prune', '*');
    const { body } = await uploading;
    body.on('error', () => undefined).destroy();
    going.resolve();
    void agent.destroy();
    expect(await pruning).toMatchObject({ status: 0, stderr: '' });
    await expect.poll(leases).toEqual([]);
    expect(JSON.parse((await gap.there('list', '--json')).stdout)).toEqual([]);
    expect(await gap.there('import', 'AT/b.tar')).toMatchObject({ status: 0, stderr: '' });
  });
});

test('an import on the files keeps others from pruning, too', async () => {
  const { gap } = await filled('files');
  await gap.here('export', '-o', 'AT/b.tar', '--all');
  const bundle = await readFile(gap.file('b.tar'));
  const importing = new Running(['import', '-', '--image-path', gap.dark]);
  importing.child.stdin.write(bundle.subarray(0, 300_000));
  const leases = async (): Promise<readonly string[]> =>
    (await readdir(join(gap.dark, 'pulls')).catch(() => [])).filter((name) => name.endsWith('.lease'));
  await expect.poll(async () => (await leases()).length, { timeout: 20_000 }).toBe(1);
  const pruning = new Running(['prune', '*', '--json', '--image-path', gap.dark]);
  await expect.poll(leases, { timeout: 20_000 }).toContain('exclusive.lease');
  importing.child.stdin.end(bundle.subarray(300_000));
  expect(await importing.ended).toMatchObject({ status: 0, stderr: '' });
  // Only when it had come could it go; pinned it stays.
  const { status, stdout } = await pruning.ended;
  expect([status, JSON.parse(stdout)]).toMatchObject([
    0,
    { images: [], pinned: [gap.loading.name('app:v1')] },
  ]);
});

test('what is sent to nobody who wants it is answered all the same', async () => {
  const { gap } = await filled('server');
  const agent = new Agent({ connect: { socketPath: join(gap.dark, 'admin.sock') } });
  onTestFinished(() => agent.destroy());
  const answer = await agent.request({
    origin: 'http://localhost',
    path: '/admin/v1/import?dryRun=true',
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: Buffer.alloc(5_000_000),
  });
  expect(await answer.body.text()).toMatch(/"event":"failed","message":"oci-layout: this is no bundle/);
});
