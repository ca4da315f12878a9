// A server of ours in front of a mock upstream, both on ports of their own, and a client that keeps to raw bytes.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Agent, request } from 'undici';
import { startMock } from '../mock/index.ts';
import type { MockOptions, MockRegistry } from '../mock/index.ts';
import { defaultConfig, defaultRegistryEntry } from '../src/config/config.ts';
import type { Config, RegistryEntry, ReloadableConfig } from '../src/config/config.ts';
import { startAdministeredServer } from '../src/admin/administered-server.ts';
import type { AdministeredServer } from '../src/admin/administered-server.ts';
import type { ServerOptions } from '../src/http/server.ts';
import { silentLog } from '../src/log/log.ts';
import type { Log } from '../src/log/log.ts';
import { digestOf } from '../src/oci/digest.ts';
import { parseRegistryHost } from '../src/oci/registry-host.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface FrontDoorOptions extends ServerOptions {
  readonly config?: Partial<Config>;
  /** Of the mock's own entry in `registries`. */
  readonly entry?: Partial<RegistryEntry>;
  readonly log?: Log;
  readonly imagePath?: string;
  /** What the client believes and shows where the server speaks TLS. */
  readonly connect?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>;
}

/** A directory that goes with the test. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'ociregistry-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** The entry of a plain HTTP registry somewhere on loopback. */
export function plainEntry(host: string, changes: Partial<RegistryEntry> = {}): RegistryEntry {
  return { ...defaultRegistryEntry(parseRegistryHost(host)), scheme: 'http', ...changes };
}

export class FrontDoor implements AsyncDisposable {
  readonly mock: MockRegistry;
  readonly imagePath: string;
  readonly #options: FrontDoorOptions;
  readonly #directory: AsyncDisposable | undefined;
  #agent: Agent;
  #server: AdministeredServer | undefined;

  constructor(mock: MockRegistry, imagePath: string, options: FrontDoorOptions, directory?: AsyncDisposable) {
    this.mock = mock;
    this.imagePath = imagePath;
    this.#options = options;
    this.#directory = directory;
    this.#agent = newAgent(options);
  }

  get port(): number {
    if (this.#server === undefined) throw new Error('the server is stopped');
    return this.#server.port;
  }

  get url(): string {
    return this.#server?.urls[0] ?? '';
  }

  /** Where the admin API is, over TCP. */
  get adminUrl(): string {
    return this.#server?.adminUrl ?? '';
  }

  /** Where an API server asks which images may run. */
  get admissionUrl(): string {
    return this.#server?.admissionUrl ?? '';
  }

  async start(changes: Partial<Config> = {}): Promise<void> {
    const {
      config,
      entry,
      log = silentLog,
      imagePath: _imagePath,
      connect: _connect,
      ...options
    } = this.#options;
    this.#server = await startAdministeredServer(
      {
        ...defaultConfig,
        host: '127.0.0.1',
        port: 0,
        imagePath: this.imagePath,
        shutdownGraceMs: 2000,
        registries: [plainEntry(this.mock.host, entry)],
        ...config,
        ...changes,
      },
      log,
      {
        control: { reload: () => this.#reloaded(), stop: () => void this.stop() },
        platforms: [{ os: 'linux', architecture: 'amd64' }],
        ...options,
      },
    );
  }

  #reloaded(): { readonly registries: number; readonly needRestart: readonly string[] } {
    this.reload({});
    return { registries: 1, needRestart: [] };
  }

  /** Connections do not outlive the server: its port may be given to the next one. */
  async stop(graceMs?: number): Promise<void> {
    await this.#server?.close(graceMs);
    this.#server = undefined;
    await this.#agent.destroy();
    this.#agent = newAgent(this.#options);
  }

  /** The server begins no download any more, as when it has been told to stop. */
  drain(): void {
    this.#server?.registry.drain();
  }

  /** The server goes on with other registries and policies. */
  reload(changes: Partial<ReloadableConfig>): void {
    const { config, entry } = this.#options;
    const registries = [plainEntry(this.mock.host, entry)];
    this.#server?.reload({ ...defaultConfig, registries, ...config, ...changes });
  }

  async restart(changes: Partial<Config> = {}): Promise<void> {
    await this.stop();
    await this.start(changes);
  }

  /** `path` with `?ns=` of the mock; rejects when the body breaks off. */
  async get(
    path: string,
    headers: Record<string, string> = {},
    method: 'GET' | 'HEAD' = 'GET',
  ): Promise<Answered> {
    const separator = path.includes('?') ? '&' : '?';
    return this.raw(`${path}${separator}ns=${this.mock.host}`, headers, method);
  }

  head(path: string, headers: Record<string, string> = {}): Promise<Answered> {
    return this.get(path, headers, 'HEAD');
  }

  async raw(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answered> {
    const response = await request(`${this.url}${path}`, {
      method: method as 'GET',
      headers,
      dispatcher: this.#agent,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk as Buffer);
    return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy();
    await this.stop();
    await this.mock.stop();
    await this.#directory?.[Symbol.asyncDispose]();
  }
}

function newAgent({ connect = {} }: FrontDoorOptions): Agent {
  return new Agent({ connections: 2000, connect });
}

/** A mock and a server in front of it, with an empty directory. */
export async function openFrontDoor(
  options: FrontDoorOptions = {},
  mockOptions: MockOptions = {},
): Promise<FrontDoor> {
  const mock = await startMock(mockOptions);
  const directory = options.imagePath === undefined ? await temporaryDirectory() : undefined;
  const door = new FrontDoor(mock, options.imagePath ?? directory?.path ?? '', options, directory);
  await door.start();
  return door;
}

/** The errors' codes of an answer. */
export function errorCodes(answer: Answered): readonly string[] {
  const { errors } = JSON.parse(answer.body.toString()) as { errors: readonly { code: string }[] };
  return errors.map(({ code }) => code);
}

export function errorMessage(answer: Answered): string {
  const { errors } = JSON.parse(answer.body.toString()) as { errors: readonly { message: string }[] };
  return errors.map(({ message }) => message).join('\n');
}

export const sha256 = (bytes: Buffer): string => digestOf(bytes);
