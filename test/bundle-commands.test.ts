// Bundles as people carry them: the commands, their files and pipes, and what they say.
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { MadeManifest } from '../mock/index.ts';
import { FrontDoor, sha256, temporaryDirectory } from './front-door.ts';
import { Running, openLoading } from './loading.ts';
import type { Ended, Loading } from './loading.ts';

class Gap {
  readonly connected: Loading;
  readonly dark: string;
  readonly place: string;

  constructor(connected: Loading, place: string) {
    this.connected = connected;
    this.place = place;
    this.dark = join(place, 'dark');
  }

  file(name: string): string {
    return join(this.place, name);
  }

  /** On the connected side. */
  here(...args: readonly string[]): Promise<Ended> {
    return this.startHere(...args).ended;
  }

  startHere(...args: readonly string[]): Running {
    return new Running([...args, '--image-path', this.connected.imagePath]);
  }

  there(...args: readonly string[]): Promise<Ended> {
    return this.startThere(...args).ended;
  }

  startThere(...args: readonly string[]): Running {
    return new Running([...args, '--image-path', this.dark]);
  }

  async load(...images: readonly string[]): Promise<void> {
    const names = images.map((image) => this.connected.name(image));
    expect((await this.connected.load(names.join('\n'))).stderr).toBe('');
  }

  async served(repository: string, reference: string, image: MadeManifest): Promise<void> {
    await using door = await this.door();
    const answer = await door.get(`/v2/${repository}/manifests/${reference}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, image.digest]);
    for (const { digest } of image.blobs)
      expect(sha256((await door.get(`/v2/${repository}/blobs/${digest}`)).body)).toBe(digest);
  }

  async door(): Promise<FrontDoor> {
    const door = new FrontDoor(this.connected.mock, this.dark, { config: { airGapped: true } });
    await door.start();
    return door;
  }
}

async function openGap(): Promise<Gap> {
  const loading = await openLoading();
  onTestFinished(() => loading[Symbol.asyncDispose]());
  const directory = await temporaryDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return new Gap(loading, directory.path);
}

describe('across the gap', () => {
  test('by a file, then by what an inventory lacks, and what each command says', async () => {
    const gap = await openGap();
    const { mock } = gap.connected;
    const first = mock.addImage('team/app', 'v1', { layers: [50_000] });
    await gap.load('team/app:v1');
    const exported = await gap.here('export', '-o', gap.file('one.tar'), gap.connected.name('team/app:v1'));
    expect(exported).toEqual({
      ...{ status: 0, stderr: '' },
      stdout: expect.stringMatching(/^exported 1 image in \d\d\.\d kB: 1 manifest, 2 blobs\n$/) as string,
    });
    const imported = await gap.there('import', gap.file('one.tar'));
    expect(imported.stderr).toBe('');
    expect(imported.stdout.split('\n')).toEqual([
      `new   ${gap.connected.name('team/app:v1')}`,
      expect.stringContaining('one.tar imported: 1 image (1 new, 0 moved, 0 unchanged), 2 new blobs of 50.'),
      '',
    ]);
    expect((await gap.there('inventory', '-o', gap.file('dark.txt'))).status).toBe(0);
    expect(await readFile(gap.file('dark.txt'), 'utf8')).toBe((await gap.there('inventory')).stdout);

    const second = mock.addImage('team/app', 'v1', { layers: [...first.layers, 60] });
    await gap.load('team/app:v1');
    const pattern = ['--pattern', '*:v1'];
    for (const [name, ...flags] of [
      ['two.tar', '--have', gap.file('dark.txt')],
      ['three.tar', '--since', gap.file('one.tar')],
    ] as const) {
      const { stdout } = await gap.here('export', '-o', gap.file(name), ...pattern, ...flags, '--json');
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ images: 1, manifests: 1, blobs: 2, leftOut: 1, leftOutBytes: 50_000 },
        names: [gap.connected.name('team/app:v1')],
      });
    }
    const [two, three] = await Promise.all(['two.tar', 'three.tar'].map((name) => readFile(gap.file(name))));
    expect(two?.equals(three ?? Buffer.alloc(0))).toBe(true);
    const dry = await gap.there('import', '--dry-run', gap.file('two.tar'));
    expect(dry.stdout).toContain('is sound and would bring 1 image (0 new, 1 moved, 0 unchanged)');
    await gap.served('team/app', 'v1', first);
    const moved = await gap.there('import', '--json', gap.file('two.tar'));
    expect(JSON.parse(moved.stdout)).toMatchObject({
      images: [{ standing: 'moved', digest: second.digest }],
    });
    await gap.served('team/app', 'v1', second);
  });

  test('by a pipe, while a server serves on either side', async () => {
    const gap = await openGap();
    const image = gap.connected.mock.addImage('team/app', 'v1', { layers: [400_000] });
    await gap.load('team/app:v1');
    await using beside = await gap.connected.beside();
    await using door = await gap.door();
    const importing = gap.startThere('import', '-');
    const exporting = gap.startHere('export', '-o', '-', '--all');
    exporting.child.stdout.pipe(importing.child.stdin);
    expect((await exporting.ended).stderr).toMatch(
      /^exported 1 image in 40\d\.\d kB: 1 manifest, 2 blobs\n$/,
    );
    expect(await importing.ended).toMatchObject({ status: 0, stderr: '' });
    const path = '/v2/team/app/manifests/v1';
    for (const server of [beside, door]) expect(sha256((await server.get(path)).body)).toBe(image.digest);
    for (const { digest } of image.blobs)
      expect(sha256((await door.get(`/v2/team/app/blobs/${digest}`)).body)).toBe(digest);
  });

  test('what the dark side has missed is a list to load and to export', async () => {
    const gap = await openGap();
    const { connected } = gap;
    const tagged = connected.mock.addImage('team/app', 'v1');
    const bare = connected.mock.addImage('team/other');
    await using door = await gap.door();
    expect((await door.get('/v2/team/app/manifests/v1')).status).toBe(404);
    expect((await door.get(`/v2/team/other/manifests/${bare.digest}`)).status).toBe(404);
    const list = (await gap.there('missed', '--list')).stdout;
    await door.stop();
    await writeFile(gap.file('missed.txt'), list);
    expect(await connected.load(list)).toMatchObject({ status: 0, stderr: '' });
    expect(await gap.here('export', '-o', gap.file('b.tar'), '--list', gap.file('missed.txt'))).toMatchObject(
      {
        ...{ status: 0, stderr: '' },
      },
    );
    expect((await gap.there('import', gap.file('b.tar'))).status).toBe(0);
    await gap.served('team/app', 'v1', tagged);
    await gap.served('team/other', bare.digest, bare);
  });
});

describe('an export that fails leaves no file', () => {
  test.each([
    ['nothing is named', [], 2, 'name images'],
    ['a list is empty', ['--list', '/dev/null'], 2, 'the sources name no image'],
    ['an image is not known', ['nginx:1'], 1, 'docker.io/library/nginx:1: the tag is not known'],
    ['a pattern is for none', ['--pattern', 'quay.io/*'], 1, 'no image that is cached is like quay.io/*'],
    ['a name is none', ['Nginx:1'], 2, 'Nginx:1: '],
    ['a list is not there', ['--list', '/nowhere'], 2, '/nowhere: there is no such file'],
    ['an older bundle is not there', ['--all', '--since', '/nowhere'], 1, '/nowhere: '],
    ['an inventory is none', ['--all', '--have', import.meta.filename], 1, 'this is no inventory'],
  ])('because %s', async (_, args, status, message) => {
    const gap = await openGap();
    gap.connected.mock.addImage('app', 'v1');
    await gap.load('app:v1');
    const ended = await gap.here('export', '-o', gap.file('b.tar'), ...args);
    expect([ended.status, ended.stderr]).toEqual([status, expect.stringContaining(message)]);
    expect(await readdir(gap.place)).toEqual([]);
  });

  test('because a blob is damaged, also where there was an older one', async () => {
    const gap = await openGap();
    const image = gap.connected.mock.addImage('app', 'v1', { layers: [3_000_000] });
    await gap.load('app:v1');
    await writeFile(gap.file('b.tar'), 'the older one');
    const layer = image.layers[0]?.digest ?? '';
    const path = join(gap.connected.imagePath, 'blobs', layer.slice(7));
    await writeFile(path, Buffer.alloc(3_000_000));
    const { status, stderr } = await gap.here('export', '-o', gap.file('b.tar'), '--all');
    expect([status, stderr]).toEqual([1, expect.stringContaining(`the blob ${layer} is damaged`)]);
    expect(await readdir(gap.place)).toEqual(['b.tar']);
    expect(await readFile(gap.file('b.tar'), 'utf8')).toBe('the older one');
  });

  test('because what has its name is no file', async () => {
    const gap = await openGap();
    gap.connected.mock.addImage('app', 'v1');
    await gap.load('app:v1');
    for (const output of ['/dev/null', gap.place]) {
      const { status, stderr } = await gap.here('export', '-o', output, '--all');
      expect([status, stderr]).toEqual([1, expect.stringContaining(`${output} is no file`)]);
    }
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });
});

describe('an import that fails', () => {
  test('says so of each bundle, and does the others', async () => {
    const gap = await openGap();
    const { mock } = gap.connected;
    const base = mock.addImage('app', 'v1', { layers: [9000] });
    await gap.load('app:v1');
    await gap.here('export', '-o', gap.file('full.tar'), '--all');
    const image = mock.addImage('app', 'v2', { layers: [...base.layers, 100] });
    await gap.load('app:v2');
    await gap.here('export', '-o', gap.file('more.tar'), '--all', '--since', gap.file('full.tar'));
    const whole = await readFile(gap.file('full.tar'));
    await writeFile(gap.file('cut.tar'), whole.subarray(0, -4000));
    await writeFile(gap.file('other.tar'), Buffer.alloc(10_240));
    const bundles = ['more', 'other', 'cut', 'absent', 'full', 'more'].map((name) => gap.file(`${name}.tar`));
    const { status, stdout, stderr } = await gap.there('import', ...bundles);
    expect(status).toBe(1);
    const said = stderr.replaceAll(`ociregistry: ${gap.place}/`, '').trim().split('\n');
    expect(said).toEqual([
      'more.tar: it leaves out what is not here: import first the bundles that it was made since, or export it anew',
      `more.tar: ${gap.connected.name('app:v2')} lacks ${base.layers[0]?.digest.slice(0, 19) ?? ''} (9.0 kB)`,
      expect.stringContaining('other.tar: oci-layout: this is no bundle that export has written'),
      expect.stringMatching(
        /^cut.tar: blobs\/sha256\/[0-9a-f]{64}: the bundle ends before its end: it is truncated$/,
      ),
      'cut.tar: what was verified is kept, 1 new blob: the next attempt skips it',
      expect.stringContaining('absent.tar: '),
    ]);
    expect(stdout).toContain(
      'full.tar imported: 1 image (1 new, 0 moved, 0 unchanged), 1 new blob of 9.0 kB',
    );
    expect(stdout).toContain('more.tar imported: 1 image (1 new, 0 moved, 0 unchanged)');
    await gap.served('app', 'v2', image);
  });

  test('because it is interrupted, says how to go on', async () => {
    const gap = await openGap();
    gap.connected.mock.addImage('app', 'v1', { layers: [800_000] });
    await gap.load('app:v1');
    await gap.here('export', '-o', gap.file('b.tar'), '--all');
    const importing = gap.startThere('import', '-');
    importing.child.stdin.on('error', () => undefined);
    importing.child.stdin.write((await readFile(gap.file('b.tar'))).subarray(0, 500_000));
    const blobs = (): Promise<readonly string[]> => readdir(join(gap.dark, 'blobs')).catch(() => []);
    await expect.poll(async () => (await blobs()).length, { timeout: 20_000 }).toBe(1);
    importing.child.kill('SIGTERM');
    const { status, stderr } = await importing.ended;
    expect([status, stderr]).toEqual([
      143,
      'ociregistry: interrupted; import it again to go on where it ended\n',
    ]);
    expect((await gap.there('import', gap.file('b.tar'))).stdout).toContain('1 new blob of');
  });
});
