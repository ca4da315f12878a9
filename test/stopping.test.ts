// Stopping: pulls that run finish, new ones go elsewhere, and a rolling update loses none.
import { Agent, get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { MockRegistry } from '../mock/index.ts';
import { defaultConfig } from '../src/config/config.ts';
import { startServer } from '../src/http/server.ts';
import { silentLog } from '../src/log/log.ts';
import { startBalancer } from './balancer.ts';
import { errorCodes, openFrontDoor, plainEntry, sha256 } from './front-door.ts';
import { openLoading } from './loading.ts';
import type { Loading, Running } from './loading.ts';

interface Got {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly body: Buffer;
}

/**
 * As Go's clients do, and with them most runtimes: a connection that was used before and is closed before the first
 * byte of an answer is no failure, but another try on a new one.
 */
async function fetched(port: number, path: string, agent: Agent): Promise<Got> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | undefined>();
  const asked = get({ port, host: '127.0.0.1', path, agent }, resolve);
  asked.on('error', (error) => {
    if (asked.reusedSocket) resolve(undefined);
    else reject(error);
  });
  const answer = await promise;
  if (answer === undefined) return fetched(port, path, agent);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const { statusCode: status, headers } = answer;
  return { status, connection: headers.connection, body: Buffer.concat(chunks) };
}

describe('a server that stops', () => {
  test('says so, answers what still comes and closes those connections, and then finishes what runs', async () => {
    await using door = await openFrontDoor();
    const [running, cold] = [300_000, 200_000].map((size) => door.mock.addBlob('app', { size }));
    const image = door.mock.addImage('app', 'v1', { layers: [] });
    const gate = door.mock.on({ digest: running?.digest ?? '' }).holdAt(100_000);
    const server = await startServer(
      {
        ...defaultConfig,
        ...{ host: '127.0.0.1', port: 0, imagePath: door.imagePath, shutdownDelayMs: 3000, complete: false },
        registries: [plainEntry(door.mock.host)],
      },
      silentLog,
    );
    const path = (what: string): string => `/v2/app/${what}?ns=${door.mock.host}`;
    const agents = [new Agent(), new Agent({ keepAlive: true, maxSockets: 1 })] as const;
    const [once, kept] = agents;
    expect((await fetched(server.port, path('manifests/v1'), kept)).connection).toBe('keep-alive');
    expect(server.state.unready).toBeUndefined();
    const pull = fetched(server.port, path(`blobs/${running?.digest ?? ''}`), once);
    await gate.reached;

    const closed = server.close();
    expect(server.state.unready).toBe('the server is stopping');
    for (const agent of agents) {
      for (const what of [`manifests/${image.digest}`, 'manifests/v1', `blobs/${cold?.digest ?? ''}`]) {
        const answer = await fetched(server.port, path(what), agent);
        expect([what, answer.status, answer.connection]).toEqual([what, 200, 'close']);
      }
    }
    // Then nobody is accepted any more, and what runs goes on.
    await expect
      .poll(() => fetched(server.port, '/v2/', once).catch(() => 'refused'), { timeout: 20_000 })
      .toBe('refused');
    gate.release();
    expect(sha256((await pull).body)).toBe(running?.digest);
    await closed;
    for (const agent of agents) agent.destroy();
  });

  test('begins no download any more, and says what to do', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 1000 });
    door.drain();
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`);
    expect([answer.status, answer.headers['retry-after'], errorCodes(answer)]).toEqual([
      503,
      '1',
      ['UNAVAILABLE'],
    ]);
    expect(door.mock.requests.filter(({ method }) => method === 'GET')).toEqual([]);
  });
});

interface Served extends Running {
  readonly port: number;
}

async function serve(loading: Loading): Promise<Served> {
  const options = ['--host', '127.0.0.1', '--port', '0', '--log-level', 'info', '--shutdown-delay', '4s'];
  const running = await loading.start(['serve', ...options]);
  await expect.poll(() => running.stdout, { timeout: 20_000 }).toMatch(/^ready$/m);
  return Object.assign(running, { port: Number(/^listening on .*:(\d+)$/m.exec(running.stdout)?.[1]) });
}

const LAYERS = [2000, 150_000, 400_000];

/** Pulls image after image, each of which nobody has pulled before and then once more, until it is told to stop. */
async function pulling(
  mock: MockRegistry,
  port: number,
  { name, going }: { readonly name: string; readonly going: () => boolean },
): Promise<number> {
  const agent = new Agent({ keepAlive: true });
  let pulls = 0;
  try {
    while (going()) {
      const repository = `${name}/app${pulls}`;
      const image = mock.addImage(repository, 'v1', { layers: LAYERS });
      for (const round of ['cold', 'cached']) {
        const wanted = [
          ['manifests/v1', image.digest] as const,
          ...image.blobs.map(({ digest }) => [`blobs/${digest}`, digest] as const),
        ];
        for (const [what, digest] of wanted) {
          const { status, body } = await fetched(port, `/v2/${repository}/${what}?ns=${mock.host}`, agent);
          expect([repository, round, what, status, sha256(body)]).toEqual([
            repository,
            round,
            what,
            200,
            digest,
          ]);
        }
      }
      pulls += 1;
    }
  } finally {
    agent.destroy();
  }
  return pulls;
}

test('a rolling update under load loses no pull', { timeout: 120_000 }, async () => {
  await using loading = await openLoading();
  await using balancer = await startBalancer();
  const old = await serve(loading);
  balancer.ready = [old.port];
  let going = true;
  const clients = Array.from({ length: 6 }, (_, index) =>
    pulling(loading.mock, balancer.port, { name: `client${index}`, going: () => going }),
  );
  // What fails is told at the end, and not as an unhandled rejection before it.
  const pulled = Promise.all(clients);
  pulled.catch(() => (going = false));
  const ledTo = (port: number): number => balancer.led.get(port) ?? 0;
  await expect.poll(() => ledTo(old.port), { timeout: 20_000 }).toBeGreaterThan(0);

  const next = await serve(loading);
  balancer.ready = [old.port, next.port];
  old.child.kill('SIGTERM');
  await expect.poll(() => old.stderr, { timeout: 20_000, interval: 10 }).toContain('stopping');
  balancer.ready = [next.port];
  expect((await old.ended).status).toBe(0);
  // And for a while after it.
  const before = loading.mock.requests.length;
  await expect
    .poll(() => !going || loading.mock.requests.length > before + 100, { timeout: 40_000 })
    .toBe(true);
  going = false;
  const counts = await pulled;
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(ledTo(next.port)).toBeGreaterThan(0);
  next.child.kill('SIGTERM');
  expect((await next.ended).status).toBe(0);
});
