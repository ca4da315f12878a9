// What the metrics say of pulls, downloads and the disk, by what clients and the upstream did.
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../src/config/config.ts';
import { startServer } from '../src/http/server.ts';
import { silentLog } from '../src/log/log.ts';
import { definitions } from '../src/metrics/definitions.ts';
import { askAdmin, samples } from './admin-client.ts';
import { openFrontDoor, temporaryDirectory } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

async function metricsText(door: FrontDoor): Promise<string> {
  return (await askAdmin(join(door.imagePath, 'admin.sock'), '/metrics')).text;
}

/** The value of a sample, without the prefix; 0 where there is none. */
async function reader(door: FrontDoor): Promise<(name: string) => number> {
  const all = samples(await metricsText(door));
  return (name) => all.get(`ociregistry_${name}`) ?? 0;
}

test('there is what the reference names, of the types that it says, and nothing else', async () => {
  await using door = await openFrontDoor({ config: { scrubIntervalMs: 3_600_000 } });
  const types = [...(await metricsText(door)).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  );
  const expected = Object.values(definitions).map(({ name, type }) => `${name} ${type}`);
  expect(types.sort()).toEqual(expected.sort());
});

describe.each([{ hitsAhead: true }, { hitsAhead: false }])('with hits ahead: $hitsAhead', ({ hitsAhead }) => {
  test('every request counts once, with what it was served from', async () => {
    await using door = await openFrontDoor({
      hitsAhead,
      config: { complete: false },
      entry: { revalidate: 'never' },
    });
    const image = door.mock.addImage('app', 'v1', { layers: [100, 300_000] });
    const ns = `{ns="${door.mock.host}"}`;
    let bytes = 0;
    const get = async (path: string, method: 'GET' | 'HEAD' = 'GET'): Promise<void> => {
      bytes += (await door.get(`/v2/app/${path}`, {}, method)).body.length;
    };
    await get('manifests/v1', 'HEAD');
    for (let time = 0; time < 3; time += 1) await get(`manifests/${image.digest}`);
    for (const { digest } of image.blobs) await get(`blobs/${digest}`);
    const cached = async (): Promise<number> => (await reader(door))('cached_blob_count');
    await expect.poll(cached).toBe(3);
    for (const { digest } of image.blobs)
      for (let time = 0; time < 3; time += 1) await get(`blobs/${digest}`);
    const errors = await Promise.all([
      door.get('/v2/app/manifests/absent'),
      door.raw('/v2/app/manifests/v1', {}, 'DELETE'),
    ]);
    bytes += (await door.raw('/v2/')).body.length;
    expect(errors.map(({ status }) => status)).toEqual([404, 405]);

    const value = await reader(door);
    expect(value(`upstream_pulls_by_ns${ns}`)).toBe(1);
    expect(value(`cached_pulls_by_ns_total${ns}`)).toBe(3);
    expect(value('manifest_pulls_total')).toBe(5);
    expect(value('blob_pulls_total')).toBe(12);
    expect(value('v2_api_endpoint_hits_total')).toBe(19);
    expect(value('api_errors_total')).toBe(2);
    const count = (kind: string, outcome: string): number =>
      value(`request_duration_seconds_count{kind="${kind}",outcome="${outcome}"}`);
    expect([count('manifest', 'miss'), count('manifest', 'hit'), count('manifest', 'refused')]).toEqual([
      1, 3, 1,
    ]);
    expect([count('blob', 'miss'), count('blob', 'hit')]).toEqual([3, 9]);
    expect([count('other', 'none'), count('other', 'refused')]).toEqual([1, 1]);
    const [fill, cache] = ['fill', 'cache'].map((source) => value(`served_bytes_total{source="${source}"}`));
    const layers = image.blobs.reduce((sum, { size }) => sum + size, 0);
    expect([fill, (fill ?? 0) + (cache ?? 0)]).toEqual([layers, bytes - '{}'.length]);
    expect(value('cached_manifest_count')).toBe(1);
    expect(value('manifest_bytes_on_disk_total')).toBe(image.bytes.length);
    expect(value('blob_bytes_on_disk_total')).toBe(layers);
  });
});

test('downloads: running, queued, who reads them, what broke, how they ended', async () => {
  await using door = await openFrontDoor({ config: { maxFills: 1, complete: false } });
  const [first, second] = [1, 2].map((seed) => door.mock.addBlob('app', { size: 400_000 + seed }));
  if (first === undefined || second === undefined) throw new Error('no blobs');
  const get = (digest: string) => door.get(`/v2/app/blobs/${digest}`);
  door.mock.on({ operation: 'blobGet', digest: first.digest }).once().resetAt(100_000);
  const gate = door.mock.on({ operation: 'blobGet', digest: first.digest }).holdAt(200_000);
  const pulls = [get(first.digest), get(first.digest)];
  await gate.reached;
  pulls.push(get(second.digest));
  const state = async () => {
    const value = await reader(door);
    return {
      running: value('fills{state="running"}'),
      queued: value('fills{state="queued"}'),
      readers: value('fill_readers'),
      resumes: value('fill_resumes_total'),
      cached: value('fills_ended_total{result="cached"}'),
      failed: value('fills_ended_total{result="failed"}'),
    };
  };
  await expect.poll(state).toEqual({ running: 1, queued: 1, readers: 3, resumes: 1, cached: 0, failed: 0 });
  gate.release();
  await Promise.all(pulls);
  expect((await get(`sha256:${'0'.repeat(64)}`)).status).toBe(404);
  await expect.poll(state).toEqual({ running: 0, queued: 0, readers: 0, resumes: 1, cached: 2, failed: 1 });
  const value = await reader(door);
  expect(value('request_duration_seconds_count{kind="blob",outcome="joined"}')).toBe(1);
});

test('a far range is served past the cache', async () => {
  await using door = await openFrontDoor();
  const MIB = 1024 * 1024;
  const blob = door.mock.addBlob('app', { size: 40 * MIB });
  const gate = door.mock.on({ operation: 'blobGet', range: false }).holdAt(MIB);
  const whole = door.get(`/v2/app/blobs/${blob.digest}`);
  await gate.reached;
  const far = await door.get(`/v2/app/blobs/${blob.digest}`, { range: `bytes=${30 * MIB}-${30 * MIB + 99}` });
  expect(far.status).toBe(206);
  const value = await reader(door);
  expect(value('served_bytes_total{source="upstream"}')).toBe(100);
  expect(value('request_duration_seconds_count{kind="blob",outcome="direct"}')).toBe(1);
  gate.release();
  await whole;
});

test('a client that leaves, and a tag that nobody can confirm', async () => {
  await using door = await openFrontDoor({ config: { complete: false }, softWaitMs: 60_000 });
  door.mock.addImage('app', 'v1');
  await door.get('/v2/app/manifests/v1');
  const blob = door.mock.addBlob('app', { size: 1_000_000 });
  const gate = door.mock.on({ digest: blob.digest }).holdAt(500_000);
  const leaving = new AbortController();
  const url = `${door.url}/v2/app/blobs/${blob.digest}?ns=${door.mock.host}`;
  const left = fetch(url, { signal: leaving.signal }).then((answer) => answer.arrayBuffer());
  await gate.reached;
  leaving.abort();
  await expect(left).rejects.toThrow();
  gate.release();
  const aborted = 'request_duration_seconds_count{kind="blob",outcome="aborted"}';
  await expect.poll(async () => (await reader(door))(aborted)).toBe(1);
  await door.mock.stop();
  expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  const value = await reader(door);
  expect(value('stale_answers_total')).toBe(1);
  expect(value('request_duration_seconds_count{kind="manifest",outcome="stale"}')).toBe(1);
});

test('a disk that does not tell what is free leaves that out, and the rest goes on', async () => {
  await using directory = await temporaryDirectory();
  const [imagePath, elsewhere] = ['images', 'elsewhere'].map((name) => join(directory.path, name));
  if (imagePath === undefined || elsewhere === undefined) throw new Error('no paths');
  const server = await startServer(
    { ...defaultConfig, host: '127.0.0.1', port: 0, metricsPort: 0, imagePath },
    silentLog,
    { ofProcess: true },
  );
  try {
    const text = async (): Promise<string> => (await fetch(server.metricsUrl ?? '')).text();
    const disk = /^ociregistry_disk_free_bytes [1-9]/m;
    const before = await text();
    expect(before).toMatch(disk);
    await rename(imagePath, elsewhere);
    const without = await text();
    expect(without).not.toMatch(/^ociregistry_disk_(free|size)/m);
    expect(without).toMatch(/^ociregistry_cached_blob_count 0$/m);
    await rename(elsewhere, imagePath);
    expect(await text()).toMatch(disk);
    // Of the process as well, where the server is all that it runs.
    expect(before).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
    expect(before).toMatch(/^process_resident_memory_bytes [1-9]/m);
  } finally {
    await server.close(0);
  }
});
