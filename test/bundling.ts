// The two sides of a gap: directories from which bundles are exported, and into which they are imported.
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MockRegistry } from '../mock/index.ts';
import { defaultConfig } from '../src/config/config.ts';
import type { Config, RegistryEntry } from '../src/config/config.ts';
import { silentLog } from '../src/log/log.ts';
import { parseImageName } from '../src/oci/image-name.ts';
import { parsePlatform } from '../src/oci/platform.ts';
import { listImages } from '../src/registry/list.ts';
import type { ImageRow } from '../src/registry/list.ts';
import { openRegistry } from '../src/registry/registry.ts';
import type { Registry } from '../src/registry/registry.ts';
import { lookAtShelf } from '../src/registry/shelf.ts';
import type { Selection, Shelf } from '../src/registry/shelf.ts';
import { verifyImages } from '../src/registry/verify.ts';
import type { VerifyReport } from '../src/registry/verify.ts';
import { BundleReader } from '../src/transfer/bundle-reader.ts';
import type { BundleTable } from '../src/transfer/bundle-table.ts';
import { bundleTable, writeBundle } from '../src/transfer/export.ts';
import { importBundle } from '../src/transfer/import.ts';
import type { ImportReport } from '../src/transfer/import.ts';
import { inventoryText } from '../src/transfer/inventory.ts';
import type { Possession } from '../src/transfer/inventory.ts';
import { loadImages } from '../src/transfer/load.ts';
import { FrontDoor, plainEntry, temporaryDirectory } from './front-door.ts';

export const everything: Selection = { references: [], patterns: ['*'], platforms: [], referrers: true };
export const nothing: Possession = { digests: new Set(), images: new Set() };

export class Side {
  readonly mock: MockRegistry;
  readonly imagePath: string;
  readonly config: Config;

  constructor(mock: MockRegistry, imagePath: string, entries: readonly RegistryEntry[]) {
    this.mock = mock;
    this.imagePath = imagePath;
    this.config = { ...defaultConfig, imagePath, complete: false, registries: [...entries] };
  }

  async with<T>(use: (registry: Registry) => Promise<T>): Promise<T> {
    const registry = await openRegistry(this.config, { log: silentLog });
    try {
      return await use(registry);
    } finally {
      await registry.close();
    }
  }

  /** Images of the mock, or of any registry. */
  async load(images: readonly string[], platforms: readonly string[] = []): Promise<void> {
    await this.with(async ({ library }) => {
      const outcomes = await loadImages(
        images.map((image) => ({ image: parseImageName(this.name(image)), origin: 'test' })),
        {
          library,
          platforms: platforms.map(parsePlatform),
          concurrent: 4,
          referrers: true,
          pin: true,
          as: new Map(),
          signal: new AbortController().signal,
          watcher: { begun: () => undefined, ended: () => undefined },
        },
      );
      const failed = outcomes.find(({ error }) => error !== undefined);
      if (failed !== undefined) throw new Error(failed.name, { cause: failed.error });
    });
  }

  /** The full name of what the mock has; a full name stays as it is. */
  name(image: string): string {
    return /^[^/]+[.:][^/]*\//.test(image) ? image : `${this.mock.host}/${image}`;
  }

  look<T>(look: (shelf: Shelf) => Promise<T>): Promise<T> {
    return lookAtShelf(this.imagePath, 'public', silentLog, look);
  }

  bundle(selection: Partial<Selection> = {}, there: Possession = nothing): Promise<Buffer> {
    return this.look((shelf) => bundleOf(shelf, { ...everything, ...selection }, there));
  }

  inventory(): Promise<string> {
    return this.look((shelf) => inventoryText(shelf));
  }

  import(
    bundle: Buffer,
    options: { readonly pin?: boolean; readonly dryRun?: boolean } = {},
  ): Promise<ImportReport> {
    return this.with((registry) => importInto(registry, inChunks(bundle), options));
  }

  rows(): Promise<readonly ImageRow[]> {
    return listImages(this.imagePath, silentLog);
  }

  verify(): Promise<VerifyReport> {
    return verifyImages(this.imagePath, 'all', { deep: true }, silentLog);
  }

  /** A server on the directory that asks no upstream; it goes with the test. */
  async dark(): Promise<FrontDoor> {
    const door = new FrontDoor(this.mock, this.imagePath, { config: { airGapped: true } });
    onTestFinished(() => door.stop());
    await door.start();
    return door;
  }
}

/** A directory with nothing in it; it goes with the test. */
export async function openSide(mock: MockRegistry, ...entries: readonly RegistryEntry[]): Promise<Side> {
  const directory = await temporaryDirectory();
  onTestFinished(() => directory[Symbol.asyncDispose]());
  return new Side(mock, join(directory.path, 'images'), [plainEntry(mock.host), ...entries]);
}

/** A registry, a side that reaches it, and one that does not. */
export async function twoSides(): Promise<{ mock: MockRegistry; connected: Side; dark: Side }> {
  const mock = await startMock();
  onTestFinished(() => mock.stop());
  return { mock, connected: await openSide(mock), dark: await openSide(mock) };
}

export async function bundleOf(shelf: Shelf, selection: Selection, there: Possession): Promise<Buffer> {
  const plan = await shelf.plan(selection);
  if (plan.incomplete.length + plan.unmatched.length > 0)
    throw new Error(JSON.stringify([plan.incomplete, plan.unmatched]));
  const chunks: Uint8Array[] = [];
  await writeBundle(shelf, await bundleTable(plan, there), (chunk) => {
    chunks.push(Buffer.from(chunk));
    return Promise.resolve();
  });
  return Buffer.concat(chunks);
}

export function importInto(
  registry: Registry,
  source: AsyncIterable<Uint8Array>,
  { pin = true, dryRun = false }: { readonly pin?: boolean; readonly dryRun?: boolean } = {},
): Promise<ImportReport> {
  return importBundle(source, { registry, pin, dryRun, begun: () => undefined });
}

export async function tableOf(bundle: Buffer): Promise<BundleTable> {
  const reader = await BundleReader.open(inChunks(bundle));
  await reader.close();
  return reader.table;
}

/** As a pipe may give them: of any size, and in a buffer that the next chunk takes. */
// eslint-disable-next-line @typescript-eslint/require-await -- what is read may come from memory
export async function* inChunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(256);
  for (let at = 0; at < bytes.length;) {
    const length = bytes.copy(buffer, 0, at, at + 1 + bytes.readUInt8(at));
    yield buffer.subarray(0, length);
    at += length;
  }
}
