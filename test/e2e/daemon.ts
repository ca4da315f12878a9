// A program that runs until it is told to stop, and what it has said.
import type { ChildProcess } from 'node:child_process';
import { spawnTethered } from './tether.ts';
import type { TetherOptions } from './tether.ts';

export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Milliseconds. */
const PATIENCE = 30_000;

export class Daemon {
  readonly command: string;
  readonly exited: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #output = '';
  #ending: Ending | undefined;

  constructor(program: string, args: readonly string[], options?: TetherOptions) {
    this.command = [program, ...args].join(' ');
    const child = spawnTethered(program, args, options);
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#tell();
      });
    }
    this.exited = new Promise((resolve) => {
      const end = (status: number | null, signal: NodeJS.Signals | null): void => {
        this.#ending = { status, signal };
        resolve(this.#ending);
        this.#tell();
      };
      child.once('error', (error) => {
        this.#output += `${String(error)}\n`;
        end(null, null);
      });
      child.once('close', end);
    });
  }

  /** What it wrote to stdout and stderr so far. */
  get output(): string {
    return this.#output;
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#ending === undefined;
  }

  /**
   * Resolves when it has said this.
   * @throws {Error} with its output, when it ends before, or takes half a minute
   */
  async says(text: string): Promise<void> {
    const said = (): boolean => this.#output.includes(text);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, PATIENCE);
      const look = (): void => {
        if (!said() && this.running) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
    if (!said()) throw new Error(`it did not say "${text}"\n${this.report()}`);
  }

  /** Sends a signal, to this process alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** Sends a signal and waits for the end; what does not end within half a minute is killed. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ending> {
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), PATIENCE);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  /** For people: the command line, and all that it said, or the end of that. */
  report(characters = 20_000): string {
    const { status, signal } = this.#ending ?? {};
    const state = this.running ? 'still running' : `ended: ${signal ?? `status ${status}`}`;
    return `$ ${this.command}\n${this.#output.slice(-characters)}[${state}]`;
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
