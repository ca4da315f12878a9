// The metrics: what they say, where they are had, and that no client can make them grow.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../src/config/config.ts';
import { startServer } from '../src/http/server.ts';
import { silentLog } from '../src/log/log.ts';
import { parseRepositoryName } from '../src/oci/repository.ts';
import { askAdmin, command, comparable, samples } from './admin-client.ts';
import { openFrontDoor, plainEntry, temporaryDirectory } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

const metricsText = async (door: FrontDoor): Promise<string> =>
  (await askAdmin(join(door.imagePath, 'admin.sock'), '/metrics')).text;
const metrics = async (door: FrontDoor): Promise<ReadonlyMap<string, number>> =>
  samples(await metricsText(door));

test('say how a configured registry fares', async () => {
  const password = 'canary-4711';
  await using door = await openFrontDoor(
    { entry: { auth: { user: 'robot', password } }, config: { complete: false } },
    { auth: { scheme: 'bearer', users: { robot: password } }, rateLimit: { limit: 100 } },
  );
  door.mock.addImage('app', 'v1');
  await door.get('/v2/app/manifests/v1');
  const of = (name: string): string =>
    `ociregistry_upstream_${name}{registry="${door.mock.host}",path_prefix="",endpoint="${door.mock.url}/"}`;
  const well = await metrics(door);
  expect(well.get(of('up'))).toBe(1);
  expect(well.get(of('breaker_open'))).toBe(0);
  expect(well.get(of('rate_limit_limit'))).toBe(100);
  expect(well.get(of('rate_limit_remaining'))).toBeLessThan(100);
  expect(well.get(of('token_expiry_timestamp_seconds'))).toBeGreaterThan(Date.now() / 1000 - 60);
  expect(well.get(of('requests_total'))).toBe(1);
  expect(well.get(of('received_bytes_total'))).toBeGreaterThan(100);
  expect(well.has(of('last_error_timestamp_seconds'))).toBe(false);
  expect(well.get('ociregistry_missed_total')).toBe(0);

  await door.mock.stop();
  for (let ask = 0; ask < 3; ask += 1) await door.get(`/v2/app/manifests/dark${ask}`);
  const dark = await metrics(door);
  expect([dark.get(of('up')), dark.get(of('breaker_open'))]).toEqual([0, 1]);
  expect(dark.get(of('last_error_timestamp_seconds'))).toBeGreaterThan(0);
  expect(dark.get('ociregistry_missed_total')).toBe(3);
  expect(dark.get('ociregistry_missed_references')).toBe(3);
  // Whoever scrapes does not change what is counted; the disk is not ours alone.
  expect(comparable(await metrics(door))).toEqual(comparable(dark));
  const text = await metricsText(door);
  const secrets = [password, ...(door.mock.tokens?.issued ?? [])];
  expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
});

test('of a registry with entries for its parts have series of their own', async () => {
  await using door = await openFrontDoor();
  const whole = plainEntry(door.mock.host);
  await door.restart({ registries: [whole, { ...whole, pathPrefix: parseRepositoryName('team') }] });
  for (const name of ['app', 'team/app']) await door.get(`/v2/${name}/manifests/v1`);
  const of = (prefix: string): string =>
    `ociregistry_upstream_requests_total{registry="${door.mock.host}",path_prefix="${prefix}",endpoint="${door.mock.url}/"}`;
  const counted = await metrics(door);
  expect([counted.get(of('')), counted.get(of('team'))]).toEqual([1, 1]);
});

test('do not grow with namespaces that a client invents, and never count backwards', async () => {
  await using door = await openFrontDoor({
    upstreams: {
      maxUnconfigured: 8,
      resolve: (_name, _options, callback) =>
        callback(Object.assign(new Error('none'), { code: 'ENOTFOUND' }), []),
    },
  });
  const invent = async (from: number, count: number): Promise<void> => {
    const names = Array.from({ length: count }, (_, index) => `r${from + index}.invented.test`);
    await Promise.all(names.map((name) => door.raw(`/v2/app/manifests/v1?ns=${name}`)));
  };
  await invent(0, 1);
  const requests = 'ociregistry_upstream_requests_total{registry="other",path_prefix="",endpoint=""}';
  const before = await metrics(door);
  expect(before.get(requests)).toBe(1);
  let counted = 1;
  for (let from = 1; from < 1000; from += 100) {
    await invent(from, 100);
    const now = (await metrics(door)).get(requests) ?? 0;
    expect(now).toBeGreaterThanOrEqual(counted);
    counted = now;
  }
  const after = await metrics(door);
  expect([...after.keys()]).toEqual([...before.keys()]);
  expect(await metricsText(door)).not.toContain('invented');
  expect(after.get('ociregistry_missed_total')).toBe(1001);
});

describe('the port', () => {
  test('is there where it is asked for, with /metrics, /healthz and /readyz and nothing else', async () => {
    await using directory = await temporaryDirectory();
    const server = await startServer(
      { ...defaultConfig, host: '127.0.0.1', port: 0, metricsPort: 0, imagePath: directory.path },
      silentLog,
    );
    try {
      const url = server.metricsUrl ?? '';
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
      const answer = await fetch(url);
      expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      expect(samples(await answer.text()).get('ociregistry_missed_total')).toBe(0);
      const statuses = await Promise.all(
        ['/healthz', '/readyz', '/admin/v1/upstreams', '/v2/'].map(
          async (path) => (await fetch(url.replace('/metrics', path))).status,
        ),
      );
      expect(statuses).toEqual([200, 200, 404, 404]);
    } finally {
      await server.close(0);
    }
  });

  test('that is in use keeps the server from starting, with its own remedy', async () => {
    await using door = await openFrontDoor();
    await using directory = await temporaryDirectory();
    const args = ['--host', '127.0.0.1', '--port', '0', '--image-path', directory.path];
    expect(await command(...args, '--metrics-port', String(door.port))).toEqual({
      status: 1,
      stdout: '',
      stderr: `ociregistry: port ${door.port} is in use; stop the program that has it or choose another with --metrics-port\n`,
    });
  });
});
