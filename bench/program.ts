// A program that was started to be measured: on the first core, its CPU and memory read from /proc.
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Figures } from './figures.ts';

/** Where what is measured runs, and where its clients and upstreams do. */
export type Core = 0 | 1;

/** Of a process, in a second. */
const TICKS = 100;
/** The kernel keeps the peak of all that is resident, and none of what a program has for itself alone. */
const LOOK_EVERY_MS = 50;

export class Program implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, null>;

  /** @param command the program and its arguments; what it complains of is seen */
  constructor(core: Core, command: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    this.#child = spawn('taskset', ['-c', String(core), ...command], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  get stdout(): Readable {
    return this.#child.stdout;
  }

  /** Until it listens there. @throws when it ends before that */
  async listening(port: number): Promise<void> {
    this.stdout.resume();
    while (!(await accepts(port))) {
      if (this.#ended) throw new Error(`${this.#child.spawnargs.join(' ')} ended before it listened`);
      await delay(5);
    }
  }

  /** What some work costs it, and what the work finds. */
  async during(work: () => Promise<Figures>): Promise<Figures> {
    // "5" sets the peak back to what is resident now.
    await writeFile(this.#proc('clear_refs'), '5');
    const before = await this.#cpuSeconds();
    let own = 0;
    const look = async (): Promise<void> => {
      own = Math.max(own, await this.#megabytes('RssAnon'));
    };
    const looking = setInterval(() => void look(), LOOK_EVERY_MS);
    try {
      const figures = await work();
      await look();
      const cpu = (await this.#cpuSeconds()) - before;
      return { ...figures, 'CPU s': cpu, 'RSS MB': await this.#megabytes('VmHWM'), 'own MB': own };
    } finally {
      clearInterval(looking);
    }
  }

  /** What it has cost since it was started, and holds now. */
  async sinceStart(): Promise<Figures> {
    return {
      'CPU s': await this.#cpuSeconds(),
      'RSS MB': await this.#megabytes('VmRSS'),
      'own MB': await this.#megabytes('RssAnon'),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** `taskset` becomes the program, so they have one number. */
  #proc(file: string): string {
    return `/proc/${String(this.#child.pid)}/${file}`;
  }

  async #cpuSeconds(): Promise<number> {
    const stat = await readFile(this.#proc('stat'), 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  async #megabytes(field: 'VmHWM' | 'VmRSS' | 'RssAnon'): Promise<number> {
    const status = await readFile(this.#proc('status'), 'utf8');
    return (Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) * 1024) / 1e6;
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const done = (accepted: boolean) => () => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once('connect', done(true)).once('error', done(false));
  });
}
