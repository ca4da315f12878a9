// The load of many small requests: wrk, one thread of it, beside us on the client's core.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { manifestAccept } from '../src/oci/media-type.ts';
import type { Figures } from './figures.ts';

export interface Load {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const summary = z.object({
  microseconds: z.number(),
  requests: z.number(),
  bytes: z.number(),
  failed: z.number(),
  p99: z.number(),
});

/** @throws when any request failed: what answers errors quickly is not quick */
export async function wrk({ url, connections, seconds, headers = {} }: Load): Promise<Figures> {
  const flags = ['-t1', `-c${connections}`, `-d${Math.max(1, Math.ceil(seconds))}s`, '-s', 'bench/wrk.lua'];
  for (const [name, value] of Object.entries({ Accept: manifestAccept, ...headers }))
    flags.push('-H', `${name}: ${value}`);
  const { stdout } = await promisify(execFile)('wrk', [...flags, url]);
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const { microseconds, requests, bytes, failed, p99 } = summary.parse(JSON.parse(last));
  if (failed > 0) throw new Error(`${failed} of ${requests} requests for ${url} failed`);
  return {
    'GET/s': (requests / microseconds) * 1e6,
    'MB/s': bytes / microseconds,
    'p99 ms': p99 / 1000,
  };
}
