// Starts a process that does not outlive the tests, however they end: the kernel kills it when its parent dies.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface TetherOptions {
  readonly cwd?: string;
  /** default: this process's own */
  readonly env?: Readonly<Record<string, string>>;
}

/** Its process id is the program's own: `setpriv` becomes the program. */
export function spawnTethered(
  program: string,
  args: readonly string[],
  { cwd, env }: TetherOptions = {},
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn('/usr/bin/setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
