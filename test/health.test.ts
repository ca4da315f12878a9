// Health: alive from the first moment, ready as long as clients are answered, whatever ails the rest.
import { expect, test } from 'vitest';
import { openHealth } from '../src/http/health.ts';
import { ServerState } from '../src/http/server-state.ts';
import { silentLog } from '../src/log/log.ts';
import { askAdmin, command } from './admin-client.ts';
import { openFrontDoor, temporaryDirectory } from './front-door.ts';

const everywhere = { healthHost: '127.0.0.1', healthPort: 0 };

async function ask(url: string): Promise<string> {
  const answer = await fetch(url);
  return `${answer.status} ${await answer.text()}`;
}

test('the port says what the state says, under the names that people use', async () => {
  const state = new ServerState();
  await using health = await openHealth(everywhere, state, silentLog);
  const answers = (): Promise<readonly string[]> =>
    Promise.all(
      ['healthz', 'health', 'readyz', 'readiness'].map((name) =>
        ask((health?.url ?? '').replace('readyz', name)),
      ),
    );
  const ready = Array<string>(4).fill('200 ok\n');
  expect(await answers()).toEqual(ready);
  const indexed = state.notReady('the index is being loaded');
  const preloaded = state.notReady('images are being preloaded');
  const waiting = (why: string): readonly string[] => [
    ...ready.slice(2),
    ...Array<string>(2).fill(`503 not ready: ${why}\n`),
  ];
  expect(await answers()).toEqual(waiting('the index is being loaded'));
  indexed();
  // Who says it twice takes nothing from the others.
  indexed();
  expect(await answers()).toEqual(waiting('images are being preloaded'));
  preloaded();
  expect(await answers()).toEqual(ready);
});

test('the port has nothing else, and there is none where none is asked for', async () => {
  await using health = await openHealth(everywhere, new ServerState(), silentLog);
  const url = health?.url ?? '';
  for (const path of ['metrics', 'v2/', 'admin/v1/version'])
    expect((await fetch(url.replace('readyz', path))).status).toBe(404);
  expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  expect(await openHealth({ healthHost: '' }, new ServerState(), silentLog)).toBeUndefined();
});

test('a dark upstream leaves a server ready; one that stops is not, while running pulls finish', async () => {
  const state = new ServerState();
  await using health = await openHealth(everywhere, state, silentLog);
  await using door = await openFrontDoor({ state });
  const blob = door.mock.addBlob('app', { size: 1024 * 1024 });
  const gate = door.mock.on({ digest: blob.digest }).holdAt(512 * 1024);
  const pull = door.get(`/v2/app/blobs/${blob.digest}`);
  await expect.poll(() => gate.arrivals).toBe(1);
  expect(await ask(health?.url ?? '')).toBe('200 ok\n');
  const socket = `${door.imagePath}/admin.sock`;
  expect((await askAdmin(socket, '/readyz')).status).toBe(200);
  const stopped = door.stop(20_000);
  await expect.poll(() => ask(health?.url ?? '')).toBe('503 not ready: the server is stopping\n');
  expect(await ask((health?.url ?? '').replace('readyz', 'healthz'))).toBe('200 ok\n');
  gate.release();
  expect((await pull).body.length).toBe(1024 * 1024);
  await stopped;
});

test('a port that is in use keeps the server from starting, with its own remedy', async () => {
  await using door = await openFrontDoor();
  await using directory = await temporaryDirectory();
  const args = ['--host', '127.0.0.1', '--port', '0', '--image-path', directory.path];
  expect(
    await command(...args, '--health-host', '127.0.0.1', '--health-port', String(door.port)),
  ).toMatchObject({
    status: 1,
    stderr: `ociregistry: port ${door.port} is in use; stop the program that has it or choose another with --health-port\n`,
  });
});
