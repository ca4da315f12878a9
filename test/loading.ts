// A load as people run it: a process of its own on a directory, with a mock upstream on plain HTTP.
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startMock } from '../mock/index.ts';
import type { MockOptions, MockRegistry } from '../mock/index.ts';
import { silentLog } from '../src/log/log.ts';
import { listImages } from '../src/registry/list.ts';
import type { ImageRow } from '../src/registry/list.ts';
import { FrontDoor, temporaryDirectory } from './front-door.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [main, ...args], { env: {} });
    // A command that has ended reads no further.
    this.child.stdin.on('error', () => undefined);
    this.child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (status) => resolve({ status, stdout: this.stdout, stderr: this.stderr }));
    });
  }
}

/** A mock, a directory, and what can be done with them. */
export class Loading implements AsyncDisposable {
  readonly mock: MockRegistry;
  readonly imagePath: string;
  readonly #directory: AsyncDisposable & { readonly path: string };

  constructor(mock: MockRegistry, directory: AsyncDisposable & { readonly path: string }) {
    this.mock = mock;
    this.#directory = directory;
    this.imagePath = join(directory.path, 'images');
  }

  /** Starts a command line with this directory and a configuration that reaches the mock. */
  async start(args: readonly string[], settings: Readonly<Record<string, unknown>> = {}): Promise<Running> {
    await mkdir(this.imagePath, { recursive: true });
    const config = { registries: [{ name: this.mock.host, scheme: 'http' }], ...settings };
    const path = await this.file('config.yaml', JSON.stringify(config));
    return new Running([...args, '--image-path', this.imagePath, '--config-path', path]);
  }

  /** Loads what a text names, given on standard input. */
  async load(
    text: string,
    args: readonly string[] = [],
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Ended> {
    const running = await this.start(['load', '-', ...args], settings);
    running.child.stdin.end(text);
    return running.ended;
  }

  async file(name: string, text: string | Uint8Array): Promise<string> {
    const path = join(this.#directory.path, name);
    await writeFile(path, text);
    return path;
  }

  /** The full name of what the mock has. */
  name(image: string): string {
    return `${this.mock.host}/${image}`;
  }

  rows(): Promise<readonly ImageRow[]> {
    return listImages(this.imagePath, silentLog);
  }

  /** What was asked for with a body since the last reset. */
  fetches(): readonly string[] {
    return this.mock.requests
      .filter(({ operation }) => operation === 'manifestGet' || operation === 'blobGet')
      .map(({ reference }) => reference ?? '');
  }

  /** Bytes of the partial download that is kept. */
  async partialBytes(): Promise<number> {
    const pulls = join(this.imagePath, 'pulls');
    const names = await readdir(pulls).catch(() => []);
    const [name] = names.filter((file) => file.endsWith('.part'));
    return name === undefined ? 0 : (await stat(join(pulls, name))).size;
  }

  /** A server on the directory, which the load does not know of. */
  async beside(): Promise<FrontDoor> {
    const door = new FrontDoor(this.mock, this.imagePath, {});
    await door.start();
    return door;
  }

  /** A server on the directory with the upstream gone. */
  async dark(): Promise<FrontDoor> {
    await this.mock.stop();
    const door = new FrontDoor(this.mock, this.imagePath, { config: { airGapped: true } });
    await door.start();
    return door;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.mock.stop();
    await this.#directory[Symbol.asyncDispose]();
  }
}

export async function openLoading(options: MockOptions = {}): Promise<Loading> {
  return new Loading(await startMock(options), await temporaryDirectory());
}
