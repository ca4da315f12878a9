// Starting, stopping, and not starting: what the operating system and an operator see of the process.
import { open, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { curl, curlToFile } from './curl.ts';
import { sha256OfFile } from './digest.ts';
import { OurServer, serverCommand } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';

const MiB = 1024 * 1024;
const [program, ...firstArgs] = serverCommand();

test('SIGTERM during a pull: the pull ends well, then the process, with status 0', async (context) => {
  const place = await openPlace(context);
  await using mock = await startMock();
  const blob = mock.addBlob('team/app', { size: 8 * MiB });
  const gate = mock.on({ digest: blob.digest }).holdAt(4 * MiB);
  const server = await OurServer.start(place, { registries: [mock.host] });
  const file = join(await place.directory('curl'), 'blob');
  const pull = curlToFile(place, `${server.url}/v2/team/app/blobs/${blob.digest}?ns=${mock.host}`, file);
  await expect.poll(() => gate.arrivals, { timeout: 30_000 }).toBe(1);
  server.signal('SIGTERM');
  await server.says('stopping');
  gate.release();
  expect(await pull).toMatchObject({ status: 0 });
  expect(await sha256OfFile(file)).toBe(blob.digest);
  expect(await server.exited).toEqual({ status: 0, signal: null });

  await mock.stop();
  await server.startAgain();
  await curlToFile(place, `${server.url}/v2/team/app/blobs/${blob.digest}?ns=${mock.host}`, file);
  expect(await sha256OfFile(file)).toBe(blob.digest);
});

interface Refusal {
  readonly name: string;
  readonly args: (place: Place) => Promise<readonly string[]>;
  readonly says: RegExp;
}

const refusals: readonly Refusal[] = [
  {
    name: 'an image path that is a file',
    args: async (place) => {
      const file = join(await place.directory('file'), 'images');
      await writeFile(file, '');
      return ['--image-path', file, '--port', '0'];
    },
    says: /image path .*not a directory/,
  },
  {
    name: 'a flag that does not exist',
    args: () => Promise.resolve(['--image-pth', '/nowhere']),
    says: /--image-pth.*--image-path/,
  },
  {
    name: 'a port that is none',
    args: () => Promise.resolve(['--port', '65536']),
    says: /port/,
  },
  {
    name: 'a configuration file that is not there',
    args: async (place) => ['--config-path', join(await place.directory('config'), 'missing.yaml')],
    says: /missing\.yaml/,
  },
];

describe('what cannot start says why in one line', () => {
  const expectRefused = async (place: Place, args: readonly string[], says: RegExp): Promise<void> => {
    const { status, stderr } = await place.run(program, [...firstArgs, ...args], {
      mayFail: true,
      timeout: 20_000,
    });
    expect(status).toBeGreaterThan(0);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(says)]);
  };

  test('a port that is in use', async (context) => {
    const place = await openPlace(context);
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    try {
      const images = await place.directory('images');
      const args = ['--image-path', images, '--host', '127.0.0.1', '--port', String(port)];
      await expectRefused(place, args, new RegExp(`port ${port} is in use`));
    } finally {
      holder.close();
    }
  });

  test.for(refusals)('$name', async ({ args, says }, context) => {
    const place = await openPlace(context);
    await expectRefused(place, await args(place), says);
  });
});

describe.skipIf(!(await isBuilt()))('the built executable', () => {
  test('needs no Node, and nothing in the environment', async (context) => {
    const place = await openPlace(context);
    await using mock = await startMock();
    const image = mock.addImage('team/app', 'v1');
    const cwd = await place.directory('elsewhere');
    // Without PATH, even a Node of the machine is out of reach.
    const { stdout } = await place.run('/usr/bin/env', ['-i', program, '--version'], { cwd });
    expect(stdout).toMatch(/^ociregistry \d+\.\d+\.\d+ /);
    const server = await OurServer.start(place, { registries: [mock.host], env: {} });
    const answer = await curl(place, `${server.url}/v2/team/app/manifests/v1?ns=${mock.host}`);
    expect(answer).toMatchObject({ status: 200, headers: { 'docker-content-digest': image.digest } });
    expect(await server.stop()).toEqual({ status: 0, signal: null });
  });
});

/** Whether what is under test is one executable: not a script, and not Node with a script. */
async function isBuilt(): Promise<boolean> {
  if (firstArgs.length > 0) return false;
  await using file = await open(program);
  const magic = Buffer.alloc(4);
  await file.read(magic, 0, 4, 0);
  // ELF or Mach-O
  return ['7f454c46', 'cffaedfe'].includes(magic.toString('hex'));
}
