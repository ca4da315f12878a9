// An engine behind a socket of its own, in front of a mock, with a clock that can be set; and clients that pull whole images.
import type { AddressInfo } from 'node:net';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { expect } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MadeManifest, MockRegistry } from '../mock/index.ts';
import { defaultConfig } from '../src/config/config.ts';
import type { Config } from '../src/config/config.ts';
import { createApp } from '../src/http/app.ts';
import { BodySender } from '../src/http/body-sender.ts';
import { closeListener, createListener, listen } from '../src/http/listener.ts';
import { createLog, silentLog } from '../src/log/log.ts';
import { isDigest } from '../src/oci/digest.ts';
import { listImages } from '../src/registry/list.ts';
import type { ImageRow } from '../src/registry/list.ts';
import { openRegistry } from '../src/registry/registry.ts';
import type { Registry } from '../src/registry/registry.ts';
import { verifyImages } from '../src/registry/verify.ts';
import { plainEntry, sha256, temporaryDirectory } from './front-door.ts';

export const MINUTE = 60_000;

export interface PruningOptions {
  readonly config?: Partial<Config>;
  /** Another one's, to stand beside it. */
  readonly beside?: Pruning;
  readonly imagePath?: string;
}

export class Pruning implements AsyncDisposable {
  readonly mock: MockRegistry;
  readonly imagePath: string;
  readonly registry: Registry;
  readonly lines: readonly string[];
  readonly #url: string;
  readonly #agent = new Agent({ connections: 100 });
  readonly #close: () => Promise<void>;
  readonly #clock: { skew: number };

  constructor(parts: {
    mock: MockRegistry;
    imagePath: string;
    registry: Registry;
    lines: readonly string[];
    clock: { skew: number };
    url: string;
    close: () => Promise<void>;
  }) {
    this.mock = parts.mock;
    this.imagePath = parts.imagePath;
    this.registry = parts.registry;
    this.lines = parts.lines;
    this.#url = parts.url;
    this.#close = parts.close;
    this.#clock = parts.clock;
  }

  /** From now on the engine believes that it is so much later. */
  pass(ms: number): void {
    this.#clock.skew += ms;
  }

  async get(path: string, method: 'GET' | 'HEAD' = 'GET') {
    const response = await request(`${this.#url}${path}?ns=${this.mock.host}`, {
      method,
      dispatcher: this.#agent,
    });
    const body = Buffer.from(await response.body.arrayBuffer());
    return { status: response.statusCode, body, digest: response.headers['docker-content-digest'] };
  }

  /** As containerd does, one platform of an index after the other; what is wrong is an error. */
  async pull(image: MadeManifest): Promise<void> {
    const { repository, tag } = image;
    if (tag !== undefined) await this.#right(`/v2/${repository}/manifests/${tag}`, 'HEAD');
    await this.#manifest(image);
  }

  async #manifest({ repository, digest, manifests, config, layers }: MadeManifest): Promise<void> {
    await this.#right(`/v2/${repository}/manifests/${digest}`);
    for (const child of manifests) await this.#manifest(child);
    const blobs = [...(config === undefined ? [] : [config]), ...layers];
    for (const blob of blobs) await this.#right(`/v2/${repository}/blobs/${blob.digest}`);
  }

  async #right(path: string, method: 'GET' | 'HEAD' = 'GET'): Promise<void> {
    const { status, body } = await this.get(path, method);
    const wanted = path.split('/').at(-1) ?? '';
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${body.toString()}`);
    if (method === 'GET' && isDigest(wanted) && sha256(body) !== wanted)
      throw new Error(`${path}: wrong bytes`);
  }

  /** The tags that `list` prints, without the registry. */
  async tags(): Promise<readonly string[]> {
    const rows = await this.rows();
    return rows.flatMap(({ repository, tag }) => (tag === undefined ? [] : `${repository}:${tag}`));
  }

  rows(): Promise<readonly ImageRow[]> {
    return listImages(this.imagePath, silentLog);
  }

  /** What `verify --deep --all` finds. */
  async faults(): Promise<readonly unknown[]> {
    return faultsIn(this.imagePath);
  }

  /** The files of a folder. */
  async files(folder: string): Promise<readonly string[]> {
    return (await readdir(join(this.imagePath, folder))).sort();
  }

  /** A client may have all bytes before the disk has. */
  async settled(): Promise<void> {
    await expect.poll(() => this.faults()).toEqual([]);
  }

  /** Full names, as patterns say them. */
  name(text: string): string {
    return `${this.mock.host}/${text}`;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export async function openPruning({ config, beside, imagePath }: PruningOptions = {}): Promise<Pruning> {
  const mock = beside?.mock ?? (await startMock());
  const directory = beside === undefined && imagePath === undefined ? await temporaryDirectory() : undefined;
  const path = imagePath ?? beside?.imagePath ?? directory?.path ?? '';
  const lines: string[] = [];
  const clock = { skew: 0 };
  const registry = await openRegistry(
    { ...defaultConfig, imagePath: path, registries: [plainEntry(mock.host)], ...config },
    {
      log: createLog({ level: 'info', format: 'text', write: (line) => lines.push(line) }),
      clock: () => new Date(Date.now() + clock.skew),
    },
  );
  const server = createListener(createApp(registry, new BodySender(), silentLog).fetch);
  await listen(server, { port: 0, host: '127.0.0.1' });
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await closeListener(server);
    await registry.close();
    if (beside === undefined) await mock.stop();
    await directory?.[Symbol.asyncDispose]();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new Pruning({
    ...{ mock, imagePath: path, registry, lines, clock, url },
    close: () => (closed ??= close()),
  });
}

/** In memory where there is such a place: a test of many files need not wait for a disk that others keep busy. */
export async function quickDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp('/dev/shm/ociregistry-').catch(() => undefined);
  if (path === undefined) return temporaryDirectory();
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** What `verify --deep --all` finds in a directory. */
export async function faultsIn(imagePath: string): Promise<readonly unknown[]> {
  const { images, blobs } = await verifyImages(imagePath, 'all', { deep: true }, silentLog);
  return [...images.filter(({ complete }) => !complete), ...blobs];
}

/** Makes what lies in a folder of the cache look as if it had been written an age ago. */
export async function aged(imagePath: string, folder: string, ms: number): Promise<void> {
  const then = new Date(Date.now() - ms);
  for (const name of await readdir(join(imagePath, folder)))
    await utimes(join(imagePath, folder, name), then, then);
}
