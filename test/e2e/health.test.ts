// Health as a kubelet sees it: alive while the server starts, ready when it serves, whatever is preloaded behind it.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { OurServer } from './our-server.ts';
import { openPlace } from './place.ts';
import { freePort } from './port.ts';

interface Preload {
  readonly name: string;
  readonly args: readonly string[];
  /** Of the readiness, until what is preloaded is there. */
  readonly meanwhile: string;
}

const preloads: readonly Preload[] = [
  { name: 'behind a server', args: ['--preload-background'], meanwhile: '200 ok\n' },
  {
    name: 'that readiness waits for',
    args: ['--preload-background', '--ready-after-preload'],
    meanwhile: '503 not ready: images are being preloaded\n',
  },
  { name: 'ahead of a server', args: [], meanwhile: '503 not ready: the server is starting\n' },
];

test.each(preloads)('a preload $name', async ({ args, meanwhile }) => {
  const place = await openPlace();
  await using mock = await startMock();
  try {
    const image = mock.addImage('team/app', 'v1');
    const gate = mock.on({ digest: image.digest }).holdAt(10);
    const list = join(await place.directory('list'), 'images');
    await writeFile(list, `${mock.host}/team/app@${image.digest}\n`);
    const port = await freePort();
    const health = `http://127.0.0.1:${port}`;
    const starting = OurServer.start(place, {
      registries: [mock.host],
      args: ['--health-host', '127.0.0.1', '--health-port', String(port), '--preload-images', list, ...args],
    });
    // What is asked before it listens is refused.
    const ask = (path: string): Promise<string> =>
      fetch(`${health}${path}`).then(
        async (answer) => `${answer.status} ${await answer.text()}`,
        () => 'nobody listens',
      );
    await expect.poll(() => gate.arrivals, { timeout: 30_000 }).toBe(1);
    await expect.poll(() => ask('/readyz'), { timeout: 30_000 }).toBe(meanwhile);
    expect(await ask('/healthz')).toBe('200 ok\n');
    gate.release();
    const server = await starting;
    await expect.poll(() => ask('/readyz'), { timeout: 30_000 }).toBe('200 ok\n');
    expect(await server.stop()).toEqual({ status: 0, signal: null });
    expect(await ask('/healthz')).toBe('nobody listens');
  } finally {
    await place.close();
  }
});
