// What a server costs that holds ever more images: how long it takes to be ready, its memory, the latency of hits.
// `node bench/growth.ts 100 1000 10000`; the directories are made in memory, since it is not the disk that is measured.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'undici';
import { seededRandom } from '../src/oci/seeded-random.ts';
import { banner } from './banner.ts';
import { fillDirectory, registry } from './filled-directory.ts';
import type { FilledImage } from './filled-directory.ts';

const requests = 3000;
/** Of a process, in a second. */
const ticks = 100;

const counts = process.argv.slice(2).map(Number);
const columns = ['images', 'ready ms', 'CPU ms', 'RSS MB', 'hit by', 'median µs', 'p99 µs'];
console.log(columns.map((column) => column.padStart(10)).join(''));
for (const count of counts.length === 0 ? [100, 1000, 10_000] : counts) {
  const directory = await mkdtemp('/dev/shm/ociregistry-growth-');
  try {
    await measure(directory, await fillDirectory(directory, count));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function measure(imagePath: string, images: readonly FilledImage[]): Promise<void> {
  const start = performance.now();
  const flags = ['--image-path', imagePath, '--host', '127.0.0.1', '--port', '0', '--air-gapped'];
  const server = spawn(process.execPath, ['src/main.ts', ...flags]);
  try {
    const url = await banner(server);
    const figures = [images.length, performance.now() - start, await cpuOf(server), await memoryOf(server)];
    const pulls: Readonly<Record<string, (image: FilledImage) => string>> = {
      digest: ({ repository, digest }) => `/v2/${repository}/manifests/${digest}`,
      tag: ({ repository, tag }) => `/v2/${repository}/manifests/${tag}`,
      config: ({ repository, config }) => `/v2/${repository}/blobs/${config}`,
    };
    for (const [what, path] of Object.entries(pulls)) {
      // Few enough to be in memory, from all over the directory.
      const random = seededRandom(1);
      const paths = Array.from({ length: 100 }, () =>
        path(images[random.below(images.length)] as FilledImage),
      );
      await latencies(url, paths, 3 * paths.length);
      const sorted = (await latencies(url, paths, requests)).toSorted((a, b) => a - b);
      const at = (share: number): number => (sorted[Math.floor(share * sorted.length)] ?? 0) * 1000;
      const row = [...figures.map(Math.round), what, Math.round(at(0.5)), Math.round(at(0.99))];
      console.log(row.map((cell) => String(cell).padStart(10)).join(''));
    }
  } finally {
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  }
}

/** Milliseconds of requests, one after the other on one connection. */
async function latencies(url: string, paths: readonly string[], count: number): Promise<readonly number[]> {
  const client = new Client(url);
  const times: number[] = [];
  for (let done = 0; done < count; done += 1) {
    const path = paths[done % paths.length] ?? '/';
    const start = performance.now();
    const { statusCode, body } = await client.request({ method: 'GET', path: `${path}?ns=${registry}` });
    await body.dump();
    times.push(performance.now() - start);
    if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}`);
  }
  await client.close();
  return times;
}

/** Milliseconds of CPU since a process began. */
async function cpuOf({ pid }: ChildProcessWithoutNullStreams): Promise<number> {
  const stat = await readFile(join('/proc', String(pid), 'stat'), 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
}

/** Megabytes. */
async function memoryOf({ pid }: ChildProcessWithoutNullStreams): Promise<number> {
  const status = await readFile(join('/proc', String(pid), 'status'), 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}
