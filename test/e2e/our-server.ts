// The server under test, as a process: `bin/server`, or the command in the environment variable SERVER.
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Daemon, Ending } from './daemon.ts';
import type { Place } from './place.ts';
import { freePort } from './port.ts';
import type { TetherOptions } from './tether.ts';

/** A row of `list --json`. */
export interface ListedImage {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest: string;
  readonly complete: boolean;
}

/** A line of the access log. */
export interface ServedRequest {
  readonly method: string;
  /** path and query */
  readonly path: string;
  readonly status: number;
  readonly cache?: string;
}

export interface OurServerOptions {
  /** hosts of plain HTTP registries */
  readonly registries?: readonly string[];
  readonly imagePath?: string;
  /** beyond `--image-path`, `--host`, `--port`, `--config-path`; default `--log-level info --log-format json` */
  readonly args?: readonly string[];
  readonly env?: TetherOptions['env'];
  /** A program and arguments that become the server, such as prlimit's. */
  readonly under?: readonly string[];
}

/** The program and its first arguments. */
export function serverCommand(): readonly [string, ...string[]] {
  const built = resolve(import.meta.dirname, '../../bin/server');
  const [program = built, ...args] = (process.env['SERVER'] ?? built)
    .split(' ')
    .filter((word) => word !== '');
  return [program.includes('/') ? resolve(program) : program, ...args];
}

export class OurServer {
  readonly port: number;
  readonly imagePath: string;
  readonly #place: Place;
  readonly #args: readonly string[];
  readonly #env: TetherOptions['env'];
  readonly #under: readonly string[];
  #daemon: Daemon;

  private constructor(
    place: Place,
    port: number,
    imagePath: string,
    args: readonly string[],
    { env, under = [] }: OurServerOptions,
  ) {
    this.#place = place;
    this.port = port;
    this.imagePath = imagePath;
    this.#args = args;
    this.#env = env;
    this.#under = under;
    this.#daemon = this.#spawn();
  }

  static async start(place: Place, options: OurServerOptions = {}): Promise<OurServer> {
    const port = await freePort();
    const { registries = [], args = ['--log-level', 'info', '--log-format', 'json'] } = options;
    const config = join(await place.directory('config'), 'ociregistry.yaml');
    await writeFile(config, JSON.stringify(registries.map((name) => ({ name, scheme: 'http' }))));
    const imagePath = options.imagePath ?? (await place.directory('images'));
    const where = [
      '--image-path',
      imagePath,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--config-path',
      config,
    ];
    const server = new OurServer(place, port, imagePath, [...where, ...args], options);
    await server.#daemon.says('\nready\n');
    return server;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#daemon.pid;
  }

  get running(): boolean {
    return this.#daemon.running;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** What it said since it was last started. */
  get output(): string {
    return this.#daemon.output;
  }

  /** What it was asked since it was last started; needs the log in JSON at level info. */
  get requests(): readonly ServedRequest[] {
    return this.output.split('\n').flatMap((line) => {
      if (!line.startsWith('{')) return [];
      const { message, status, cache } = JSON.parse(line) as {
        message: string;
        status?: number;
        cache?: string;
      };
      const [method, path] = message.split(' ');
      if (status === undefined || method === undefined || path === undefined) return [];
      return [{ method, path, status, ...(cache !== undefined && { cache }) }];
    });
  }

  /** Resolves when it has said this since it was last started. */
  says(text: string): Promise<void> {
    return this.#daemon.says(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.#daemon.signal(signal);
  }

  get exited(): Promise<Ending> {
    return this.#daemon.exited;
  }

  stop(): Promise<Ending> {
    return this.#daemon.stop();
  }

  kill(): Promise<Ending> {
    return this.#daemon.stop('SIGKILL');
  }

  /** Starts it again on the same port and directory; it may have more arguments, and become under something else. */
  async startAgain(args?: readonly string[], under: readonly string[] = this.#under): Promise<void> {
    this.#daemon = this.#spawn(args, under);
    await this.#daemon.says('\nready\n');
  }

  /** What the command `list` says of its directory, while it runs. */
  async list(): Promise<readonly ListedImage[]> {
    const [program, ...first] = serverCommand();
    const { stdout } = await this.#place.run(program, [
      ...first,
      'list',
      '--json',
      '--image-path',
      this.imagePath,
    ]);
    return JSON.parse(stdout) as readonly ListedImage[];
  }

  #spawn(more: readonly string[] = [], under = this.#under): Daemon {
    const [program, ...first] = serverCommand();
    const env = this.#env;
    const [outer = program, ...command] = [...under, program, ...first, ...this.#args, ...more];
    return this.#place.daemon(outer, command, env && { env });
  }
}
