// Where the server listens: one address, several, every one, IPv6 and IPv4.
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, test } from 'vitest';
import { defaultConfig, defaultRegistryEntry } from '../src/config/config.ts';
import type { Config } from '../src/config/config.ts';
import { startServer } from '../src/http/server.ts';
import type { RunningServer } from '../src/http/server.ts';
import { createLog } from '../src/log/log.ts';
import { parseRegistryHost } from '../src/oci/registry-host.ts';
import { temporaryDirectory } from './front-door.ts';

interface Started extends AsyncDisposable {
  readonly server: RunningServer;
  readonly said: readonly string[];
}

async function started(changes: Partial<Config>): Promise<Started> {
  const directory = await temporaryDirectory();
  const said: string[] = [];
  const log = createLog({ level: 'info', format: 'text', write: (line) => said.push(line) });
  try {
    const server = await startServer(
      { ...defaultConfig, port: 0, imagePath: directory.path, ...changes },
      log,
    );
    return {
      ...{ server, said },
      async [Symbol.asyncDispose]() {
        await server.close(0);
        await directory[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await directory[Symbol.asyncDispose]();
    throw error;
  }
}

const answers = (host: string, port: number): Promise<number | string> =>
  fetch(`http://${host}:${port}/v2/`).then(
    ({ status }) => status,
    () => 'refused',
  );

/** Containers often have none. */
const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

test.skipIf(!hasIpv6).each([
  ['127.0.0.1', ['127.0.0.1'], ['[::1]']],
  ['::1', ['[::1]'], ['127.0.0.1']],
  ['127.0.0.1,::1', ['127.0.0.1', '[::1]'], ['127.0.0.2']],
  ['', ['127.0.0.1', '[::1]', '127.0.0.2'], []],
  ['::', ['127.0.0.1', '[::1]'], []],
  ['0.0.0.0', ['127.0.0.1'], ['[::1]']],
  ['0.0.0.0,::', ['127.0.0.1', '[::1]'], []],
  ['::,0.0.0.0', ['127.0.0.1', '[::1]'], []],
])('%s', async (host, there, elsewhere) => {
  await using running = await started({ host });
  const { port, urls } = running.server;
  for (const at of there) expect([at, await answers(at, port)]).toEqual([at, 200]);
  for (const at of elsewhere) expect([at, await answers(at, port)]).toEqual([at, 'refused']);
  expect(urls.length).toBe(host.split(',').length);
  for (const url of urls) expect(new URL(url).port).toBe(String(port));
});

test.runIf(!hasIpv6).each(['', '127.0.0.1,::1', '::1,127.0.0.1', '::,0.0.0.0'])(
  'without IPv6: %s',
  async (host) => {
    await using running = await started({ host });
    expect(await answers('127.0.0.1', running.server.port)).toBe(200);
  },
);

test('an address that is taken ends the start, and leaves none of the others behind', async () => {
  const other = createServer().listen(0, '127.0.0.2');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  await expect(started({ host: '127.0.0.1,127.0.0.2', port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(await answers('127.0.0.1', port)).toBe('refused');
  other.close();
});

describe('a server that lends what is private', () => {
  const entry = defaultRegistryEntry(parseRegistryHost('private.test'));
  const lent = { ...entry, auth: { user: 'u', password: 'canary' } };

  test('says so at its start, and when a reload brings it', async () => {
    await using running = await started({ host: '127.0.0.1', registries: [lent] });
    expect(running.said.join('\n')).toMatch(/WARN .*whoever reaches the port.*private\.test/);
    await using open = await started({ host: '127.0.0.1', registries: [entry] });
    expect(open.said.join('\n')).not.toContain('WARN');
    open.server.reload({ ...defaultConfig, registries: [lent] });
    expect(open.said.join('\n')).toMatch(/WARN .*private\.test/);
    expect([...running.said, ...open.said].join('\n')).not.toContain('canary');
  });
});
