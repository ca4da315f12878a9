// The verbs that look at the cache, as processes: what they print, and how they end.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFrontDoor } from '../../test/front-door.ts';
import type { FrontDoor } from '../../test/front-door.ts';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
let directory: string;
let door: FrontDoor;
let image: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cache-commands-'));
  door = await openFrontDoor({ config: { complete: false }, imagePath: join(directory, 'images') });
  const made = door.mock.addImage('app', 'v1', { layers: [700] });
  door.mock.addImage('app', 'v2', { layers: [800] });
  for (const tag of ['v1', 'v2']) await door.get(`/v2/app/manifests/${tag}`);
  for (const { digest } of made.blobs) await door.get(`/v2/app/blobs/${digest}`);
  await door.stop();
  image = `${door.mock.host}/app`;
  await mkdir(join(directory, 'empty'));
});
afterAll(async () => {
  await door[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function command(args: readonly string[], input = ''): Promise<Outcome> {
  return new Promise((resolve) => {
    const all = [main, ...args, '--image-path', join(directory, 'images')];
    const child = execFile(process.execPath, all, { env: {} }, (_, stdout, stderr) => {
      resolve({ status: child.exitCode, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

describe('verify', () => {
  test('0 when all is complete', async () => {
    const { status, stdout, stderr } = await command(['verify', `${image}:v1`, '--deep']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('1 of 1 image complete');
  });

  test('1 when something is not', async () => {
    const { status, stdout, stderr } = await command(['verify', '--all', '--json']);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      complete: false,
      images: [
        { image: `${image}:v1`, complete: true },
        { image: `${image}:v2`, complete: false },
      ],
      mistakes: [],
    });
  });

  test('the list and the YAML count together, and standard input is a list', async () => {
    const yaml = join(directory, 'pod.yaml');
    await writeFile(yaml, `kind: Pod\nspec: { containers: [{ image: "${image}:v2" }] }\n`);
    const { status, stdout } = await command(['verify', '--list', '-', '--manifests', yaml], `${image}:v1\n`);
    expect(status).toBe(1);
    expect(stdout).toContain('1 of 2 images complete');
  });

  test('2 when a line of a list is mistaken, which is named, and the others count', async () => {
    const { status, stdout, stderr } = await command(['verify', '--list', '-'], `${image}:v1\nNO\n`);
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: 'ociregistry: standard input:2: "library/NO" is no repository name: names are lower case\n',
    });
    expect(stdout).toContain('1 of 1 image complete');
  });

  test.each([
    { args: [], stderr: 'name images, or all with --all; see --help' },
    { args: ['--all', 'nginx'], stderr: '--all leaves nothing to name; see --help' },
    { args: ['--list', '-'], stderr: 'the sources name no image; see --help' },
    {
      args: ['nginx', '--platform', 'X'],
      stderr:
        "option '--platform <P>' argument 'X' is invalid. \"X\" is no platform: write one like linux/amd64 or linux/arm/v7; see --help",
    },
  ])('2 for $args', async ({ args, stderr }) => {
    expect(await command(['verify', ...args])).toEqual({
      status: 2,
      stdout: '',
      stderr: `ociregistry: ${stderr}\n`,
    });
  });
});

describe('list, du and inspect', () => {
  test.each([
    { args: ['list'], shows: ['v1', 'v2', 'PINNED', 'OWN'] },
    { args: ['list', '*:v1', '--sort', 'size'], shows: [':v1'] },
    { args: ['list', 'ghcr.io/*'], shows: ['nothing like ghcr.io/* is cached in'] },
    { args: ['du'], shows: ['REPOSITORY', '/app', 'total'] },
    { args: ['du', '--json'], shows: ['"unreferenced"'] },
  ])('$args', async ({ args, shows }) => {
    const { status, stdout, stderr } = await command(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const text of shows) expect(stdout).toContain(text);
  });

  test('inspect', async () => {
    const { status, stdout } = await command(['inspect', `${image}:v1`]);
    expect(status).toBe(0);
    expect(stdout).toContain('├─ config');
    expect(await command(['inspect', 'busybox'])).toEqual({
      status: 1,
      stdout: '',
      stderr: `ociregistry: busybox is not cached in ${join(directory, 'images')}\n`,
    });
    expect((await command(['inspect', 'UPPER'])).status).toBe(2);
  });
});
