// A program that is run to its end.
import { spawnTethered } from './tether.ts';
import type { TetherOptions } from './tether.ts';

export interface ToolOptions extends TetherOptions {
  /** true: any exit status is an answer; default: only 0 is */
  readonly mayFail?: boolean;
  /** milliseconds until it is killed; default 90,000 */
  readonly timeout?: number;
}

export interface Finished {
  readonly command: string;
  /** null when a signal ended it */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program and collects what it says.
 * @throws {Error} with its output, when it cannot be started or ends with another status than 0
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { mayFail = false, timeout = 90_000, ...options }: ToolOptions = {},
): Promise<Finished> {
  const child = spawnTethered(program, args, options);
  const timer = setTimeout(() => child.kill('SIGKILL'), timeout);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => clearTimeout(timer));
  const finished = { command: [program, ...args].join(' '), status, stdout, stderr };
  if (status !== 0 && !mayFail) throw new Error(describeTool(finished));
  return finished;
}

/** For people: the command line, how it ended and what it said. */
export function describeTool({ command, status, stdout, stderr }: Finished): string {
  return `$ ${command}\n${stdout}${stderr}[${status === null ? 'killed' : `status ${status}`}]`;
}
