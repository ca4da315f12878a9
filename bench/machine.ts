// What a figure holds for: the machine, and the versions of all who took part.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { arch, availableParallelism, cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

export type Machine = Readonly<Record<string, string>>;

export async function machine(peers: readonly string[]): Promise<Machine> {
  const [cpu] = cpus();
  const control = await readFile('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8');
  return {
    processor: `${cpu?.model ?? 'unknown'}, ${arch()}, cores of it: ${String(cpus().length)}`,
    'cores for each side': String(availableParallelism()),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release(),
    'congestion control': control.trim(),
    ociregistry: await version('bin/server', '--version'),
    node: process.versions.node,
    nginx: await version('nginx', '-v'),
    'docker-registry': await version('docker-registry', '--version'),
    ...(peers.includes('distribution') && { 'distribution 3': await version('registry', '--version') }),
    wrk: await version('wrk', '-v'),
  };
}

/** The first line that a program says of itself; wrk and nginx say it as a complaint. */
async function version(program: string, flag: string): Promise<string> {
  const said = await promisify(execFile)(program, [flag]).catch((error: unknown) => {
    if (error instanceof Error && 'stdout' in error && 'stderr' in error)
      return { stdout: String(error.stdout), stderr: String(error.stderr) };
    throw error;
  });
  return (said.stdout + said.stderr).split('\n')[0]?.trim() ?? '';
}
