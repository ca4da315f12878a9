// Our server: bin/server, or the source with a profiler.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { banner } from '../banner.ts';
import { Program } from '../program.ts';
import type { Bench } from '../row.ts';
import { ports } from './contestant.ts';
import type { Certificate, Contestant } from './contestant.ts';

export interface OurOptions {
  readonly port?: number;
  readonly imagePath?: string;
  /** The port of the registry that it pulls through from. */
  readonly upstream?: number;
  readonly revalidate?: string;
  readonly tls?: Certificate;
  readonly flags?: readonly string[];
}

/** Starts it, and is back when it is ready. */
export async function startOurs(bench: Bench, options: OurOptions = {}): Promise<Contestant> {
  const { port = ports.ours, upstream = ports.upstream, revalidate = '10m', tls, flags = [] } = options;
  const { imagePath = join(bench.directory, `ours-${port}`) } = options;
  const host = `127.0.0.1:${upstream}`;
  const config = `${imagePath}.yaml`;
  await mkdir(imagePath, { recursive: true });
  await writeFile(
    config,
    stringify({ registries: [{ name: host, scheme: 'http', revalidate }], ...(tls && { server_tls: tls }) }),
  );
  const place = ['--image-path', imagePath, '--host', '127.0.0.1', '--port', String(port)];
  const program = new Program(0, [...ourCommand(bench), ...place, '--config-path', config, ...flags]);
  bench.stack.use(program);
  await banner(program.stdout);
  return { program, port, query: `?ns=${host}` };
}

/** How it is started. */
export function ourCommand({ profile }: Bench): readonly string[] {
  if (profile === undefined) return ['bin/server'];
  const flags = ['--cpu-prof', '--cpu-prof-dir', profile, '--disable-warning=ExperimentalWarning'];
  return [process.execPath, ...flags, 'src/main.ts'];
}
