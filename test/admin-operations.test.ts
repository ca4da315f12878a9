// What changes the cache through a running server, as on the files: prune, pin and unpin.
import { describe, expect, onTestFinished, test } from 'vitest';
import { command } from './admin-client.ts';
import { openLoading } from './loading.ts';
import type { Loading } from './loading.ts';
import type { FrontDoor } from './front-door.ts';

/** The same images on every call, with or without a server on them. */
async function filled(way: 'server' | 'files') {
  const loading = await openLoading({ seed: 11 });
  onTestFinished(() => loading[Symbol.asyncDispose]());
  const { mock } = loading;
  const base = mock.addBlob('app', { size: 20_000 });
  mock.addImage('app', 'v1', { layers: [base, 500] });
  mock.addImage('app', 'v2', { layers: [base, 700] });
  mock.addImage('two', 'v1', { platforms: ['linux/amd64', 'linux/arm64'], layers: [base, 300] });
  const names = ['app:v1', 'app:v2', 'two:v1'].map((name) => loading.name(name));
  expect(await loading.load(names.join('\n'), ['--no-pin', '--arch', 'all'])).toMatchObject({ status: 0 });
  const door = way === 'server' ? await besides(loading) : undefined;
  return { loading, door };
}

async function besides(loading: Loading): Promise<FrontDoor> {
  const door = await loading.beside();
  onTestFinished(() => door.stop());
  return door;
}

/** Without what differs from one directory to the next. */
function plain(loading: Loading, text: string): string {
  return text
    .replaceAll(loading.mock.host, 'M')
    .replaceAll(loading.imagePath, 'DIRECTORY')
    .replace(/"(created|lastPulled)": "[^"]*"/g, '"$1": ""');
}

describe('the output is the same through the server and on the files', () => {
  /** Run one after the other; `REG` is the mock. */
  const table: readonly (readonly [string, readonly (readonly string[])[]])[] = [
    [
      'pins',
      [
        ['pin', 'REG/app:v1', '*/two*'],
        ['pin', '--json', 'REG/app:*', 'nothing'],
        ['unpin', 'REG/app:v1', 'REG/app:v1'],
        ['unpin', '--all', '--json'],
        ['pin', '--all', 'REG/app:v1'],
      ],
    ],
    [
      'prunes',
      [
        ['prune', '--dry-run', '*'],
        ['prune', '--dry-run', '--json', '--older-than', '90d'],
        ['pin', 'REG/app:v1'],
        ['prune', 'REG/app:v1', '*/two*'],
        ['prune', '--json', '--max-size', '0B'],
        ['prune', '--untagged', '--not-pulled-since', '1h', '--json'],
        ['unpin', '--all'],
        ['prune', '*'],
        ['prune'],
      ],
    ],
  ];

  test.each(table)('of %s', async (_, commands) => {
    const outputs = [];
    for (const way of ['server', 'files'] as const) {
      const { loading } = await filled(way);
      const lines = [];
      for (const words of commands) {
        const args = words.map((word) => word.replace('REG', loading.mock.host));
        const { status, stdout, stderr } = await command(...args, '--image-path', loading.imagePath);
        lines.push([words.join(' '), status, plain(loading, stdout), plain(loading, stderr)]);
      }
      outputs.push(lines);
    }
    expect(outputs[0]).toEqual(outputs[1]);
    expect(outputs[0]?.filter(([, status, stdout]) => status === 0 && stdout === '')).toEqual([]);
  });
});

test('what is pruned through the server, its memory does not serve either', async () => {
  const { loading, door } = await filled('server');
  const pruned = await command('prune', '*/app:v1', '--image-path', loading.imagePath);
  expect(pruned).toMatchObject({ status: 0, stderr: '' });
  await loading.mock.stop();
  expect((await door?.get('/v2/app/manifests/v1'))?.status).not.toBe(200);
  expect((await door?.get('/v2/app/manifests/v2'))?.status).toBe(200);
  const verified = await command('verify', '--all', '--deep', '--image-path', loading.imagePath, '--direct');
  expect(verified.status).toBe(0);
});

test('a pin that the server sets goes along with its tag', async () => {
  const { loading, door } = await filled('server');
  await command('pin', loading.name('app:v1'), '--image-path', loading.imagePath);
  const moved = loading.mock.addImage('app', 'v1', { layers: [900] });
  const digest = async (): Promise<unknown> =>
    (await door?.get('/v2/app/manifests/v1'))?.headers['docker-content-digest'];
  await expect.poll(digest).toBe(moved.digest);
  const pinned = async (): Promise<readonly string[]> =>
    (await loading.rows()).filter(({ pinned }) => pinned).map(({ digest }) => digest);
  await expect.poll(pinned).toEqual([moved.digest]);
});

test('two prunes at once, one of them through the server: each image goes once', async () => {
  const { loading } = await filled('server');
  const place = ['*', '--json', '--image-path', loading.imagePath];
  const both = await Promise.all([
    command('prune', ...place),
    command('prune', ...place),
    command('prune', ...place, '--direct'),
  ]);
  const reports = both.map(({ stdout }) => JSON.parse(stdout) as { images: unknown[]; failed: number });
  expect(both.map(({ status }) => status)).toEqual([0, 0, 0]);
  expect(reports.flatMap(({ images }) => images)).toHaveLength(3);
});
