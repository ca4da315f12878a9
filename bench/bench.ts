// Measures the built server: a mock upstream in this process, bin/server in another, clients over loopback.
// Figures of one run on one machine; `make bench` prints them with the machine they come from.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { startMock } from '../mock/index.ts';
import { banner } from './banner.ts';

const MIB = 1024 * 1024;
const connections = 64;
const seconds = 3;

interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
}

const directory = await mkdtemp(join(tmpdir(), 'ociregistry-bench-'));
await using mock = await startMock({ seed: 1, log: () => undefined });
const config = join(directory, 'config.yaml');
await writeFile(config, `- { name: '${mock.host}', scheme: http }\n`);
const server = spawn('bin/server', [
  '--image-path',
  join(directory, 'images'),
  '--host',
  '127.0.0.1',
  '--port',
  '0',
  '--config-path',
  config,
]);
const agent = new Agent({ connections });
try {
  const url = await banner(server);
  const image = mock.addImage('app', 'v1', { layers: [1024] });
  const large = mock.addBlob('app', { size: 64 * MIB });
  const get = async (path: string): Promise<number> => {
    const { statusCode, body } = await request(`${url}${path}?ns=${mock.host}`, { dispatcher: agent });
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
    let bytes = 0;
    for await (const chunk of body) bytes += (chunk as Buffer).length;
    return bytes;
  };

  const manifest = `/v2/app/manifests/${image.digest}`;
  const small = `/v2/app/blobs/${image.layers[0]?.digest ?? ''}`;
  const blob = `/v2/app/blobs/${large.digest}`;
  await get('/v2/app/manifests/v1');
  await get(small);

  const rows: Row[] = [];
  rows.push({
    what: 'blob of 64 MiB, cold, 20 clients',
    value: (20 * 64) / (await timed(() => all(20, () => get(blob)))),
    unit: 'MiB/s',
  });
  rows.push({
    what: 'requests to the upstream for it',
    value: mock.count({ operation: 'blobGet', digest: large.digest }),
    unit: '',
  });
  rows.push({
    what: 'blob of 64 MiB, warm, 8 clients',
    value: (4 * 8 * 64) / (await timed(() => all(8, () => times(4, () => get(blob))))),
    unit: 'MiB/s',
  });
  rows.push({
    what: 'manifest by digest, warm, 64 connections',
    value: await perSecond(() => get(manifest)),
    unit: '/s',
  });
  rows.push({
    what: 'blob of 1 KiB, warm, 64 connections',
    value: await perSecond(() => get(small)),
    unit: '/s',
  });
  rows.push({
    what: 'SHA-256 on this machine, one core',
    value: 512 / (await timed(hash512)),
    unit: 'MiB/s',
  });
  report(rows);
} finally {
  server.kill();
  await agent.destroy();
  await rm(directory, { recursive: true, force: true });
}

function all<T>(count: number, work: () => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: count }, work));
}

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1) await work();
}

/** Seconds that some work takes. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** How often a second some work is done, with all connections busy. */
async function perSecond(work: () => Promise<unknown>): Promise<number> {
  let done = 0;
  const until = performance.now() + seconds * 1000;
  await all(connections, async () => {
    for (; performance.now() < until; done += 1) await work();
  });
  return done / seconds;
}

function hash512(): Promise<void> {
  const piece = Buffer.alloc(MIB, 1);
  const hash = createHash('sha256');
  for (let count = 0; count < 512; count += 1) hash.update(piece);
  hash.digest();
  return Promise.resolve();
}

function report(rows: readonly Row[]): void {
  const [cpu] = cpus();
  console.log(
    `\n${cpu?.model ?? 'unknown'}, ${cpus().length} cores, node ${process.versions.node}; client and upstream share a process\n`,
  );
  for (const { what, value, unit } of rows) {
    console.log(`${what.padEnd(44)} ${Math.round(value).toLocaleString('en').padStart(10)} ${unit}`);
  }
}
