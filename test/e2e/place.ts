// The place of one journey: a temporary directory and the processes that work in it. All of it goes at the end.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from './daemon.ts';
import type { TetherOptions } from './tether.ts';
import { describeTool, runTool } from './tool.ts';
import type { Finished, ToolOptions } from './tool.ts';

/** What a place needs of vitest's context of a test. */
export interface Test {
  readonly onTestFailed: (tell: () => void) => void;
  readonly onTestFinished: (end: () => Promise<void>) => void;
}

/**
 * Opens a place. With a test, it ends when the test does, even by its timeout, and what its processes said is shown
 * when the test fails.
 */
export async function openPlace(test?: Test): Promise<Place> {
  const place = new Place(await mkdtemp(join(tmpdir(), 'ociregistry-e2e-')));
  test?.onTestFinished(() => place.close());
  if (test !== undefined) place.tellOnFailure(test);
  return place;
}

export class Place {
  readonly root: string;
  readonly #daemons: Daemon[] = [];
  readonly #tools: Finished[] = [];
  readonly #names = new Map<string, number>();

  constructor(root: string) {
    this.root = root;
  }

  /** A new, empty directory on each call: `name-1`, `name-2`, and so on. */
  async directory(name: string): Promise<string> {
    const number = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, number);
    const path = join(this.root, `${name}-${number}`);
    await mkdir(path);
    return path;
  }

  daemon(program: string, args: readonly string[], options?: TetherOptions): Daemon {
    const daemon = new Daemon(program, args, options);
    this.#daemons.push(daemon);
    return daemon;
  }

  /** @throws {Error} with its output, when it ends with another status than 0 and may not */
  async run(program: string, args: readonly string[], options: ToolOptions = {}): Promise<Finished> {
    const finished = await runTool(program, args, { ...options, mayFail: true });
    this.#tools.push(finished);
    if (finished.status !== 0 && options.mayFail !== true) throw new Error(describeTool(finished));
    return finished;
  }

  tellOnFailure({ onTestFailed }: Pick<Test, 'onTestFailed'>): void {
    onTestFailed(() => console.error(this.#report()));
  }

  /** Kills what runs and removes the directory. */
  async close(): Promise<void> {
    // The last that was started depends on the others.
    for (const daemon of this.#daemons.toReversed()) await daemon.stop('SIGKILL');
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }

  #report(): string {
    return [...this.#tools.map(describeTool), ...this.#daemons.map((daemon) => daemon.report())].join('\n\n');
  }
}
