// Content for the store's tests: seeded random bytes, manifests, holders, and a log that remembers.
import { digestOf } from '../oci/digest.ts';
import type { Digest, DigestAlgorithm } from '../oci/digest.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import { tagTable } from './holder.ts';
import type { Holder, HolderReference, TagBinding } from './holder.ts';
import type { LinkRecord } from './link.ts';
import { silentLog } from '../log/log.ts';
import type { Log } from '../log/log.ts';
import type { BlobFile, StagedBlob, Store } from './store.ts';

/** Numbers in [0, 1) that a seed repeats (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function randomBytesOf(length: number, random: () => number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = Math.floor(random() * 256);
  return bytes;
}

export function linkOf(digest: Digest, ...repositories: string[]): LinkRecord {
  return { digest, anonymous: false, repositories };
}

export function referenceOf(name: string, tags: Record<string, TagBinding> = {}): HolderReference {
  return {
    registry: parseRegistryHost('registry.example.test'),
    repository: parseRepositoryName(name),
    tags: tagTable(Object.entries(tags)),
  };
}

export function holderOf(manifest: string, part: Partial<Holder> = {}, algorithm?: DigestAlgorithm): Holder {
  return {
    digest: digestOf(manifest, algorithm),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    manifest,
    anonymous: true,
    created: '2026-01-02T03:04:05.678Z',
    references: [referenceOf('team/app')],
    ...part,
  };
}

/** Everything that a blob or a staged blob gives to its readers. */
export async function contentOf(file: Pick<BlobFile | StagedBlob, 'read' | 'size'>): Promise<Buffer> {
  const content = Buffer.alloc(file.size);
  const piece = Buffer.alloc(65_521); // a prime, so that no boundary is met by chance
  let position = 0;
  for (;;) {
    const bytes = await file.read(piece, piece.length, position);
    if (bytes === 0) return content.subarray(0, position);
    piece.copy(content, position, 0, bytes);
    position += bytes;
  }
}

/** The content of a committed blob, or undefined. */
export async function blobContent(store: Store, digest: Digest): Promise<Buffer | undefined> {
  const file = await store.blobOpen(digest);
  if (file === undefined) return undefined;
  try {
    return await contentOf(file);
  } finally {
    await file.close();
  }
}

export async function putBlob(store: Store, bytes: Uint8Array, ...repositories: string[]): Promise<Digest> {
  const digest = digestOf(bytes);
  const staged = await store.blobStage(digest);
  await staged.truncate();
  await staged.write(bytes);
  const file = await staged.commit(linkOf(digest, ...repositories));
  await file.close();
  return digest;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** A log whose lines can be asked for. */
export function rememberingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: object) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { ...silentLog, lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
