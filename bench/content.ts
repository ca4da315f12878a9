// What is pulled: files under the paths of the distribution API, so that any web server is an upstream or a peer.
import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestFromHex, digestOf } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import type { Descriptor } from '../src/oci/descriptor.ts';
import { mediaTypes } from '../src/oci/media-type.ts';

export interface Image {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly blobs: readonly Digest[];
}

/** A directory of content; the same each time, from the order in which it is added. */
export class Content {
  readonly root: string;
  #count = 0;

  constructor(root: string) {
    this.root = root;
  }

  /** Writes an image of layers of these sizes, the first blob being its config. */
  async image(repository: string, tag: string, layerSizes: readonly number[]): Promise<Image> {
    const config = await this.#blob(
      repository,
      mediaTypes.ociConfig,
      Buffer.from(JSON.stringify({ number: this.#count, filling: 'x'.repeat(1000) })),
    );
    const layers: Descriptor[] = [];
    for (const size of layerSizes)
      layers.push(await this.#blob(repository, mediaTypes.ociLayer, this.#noise(size)));
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
    );
    const digest = digestOf(bytes);
    await this.#write(`${repository}/manifests/${digest}`, bytes);
    await this.#write(`${repository}/manifests/${tag}`, bytes);
    return { repository, tag, digest, blobs: [config, ...layers].map((descriptor) => descriptor.digest) };
  }

  async #blob(repository: string, mediaType: string, bytes: Buffer): Promise<Descriptor> {
    const digest = digestFromHex(createHash('sha256').update(bytes).digest('hex'));
    if (digest === undefined) throw new Error('a hash is no digest');
    await this.#write(`${repository}/blobs/${digest}`, bytes);
    return { mediaType, digest, size: bytes.length };
  }

  async #write(path: string, bytes: Buffer): Promise<void> {
    const file = join(this.root, 'v2', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }

  /** Bytes that nothing compresses, as fast as the processor makes them. */
  #noise(size: number): Buffer {
    const counter = Buffer.alloc(16);
    counter.writeUInt32BE((this.#count += 1));
    return createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), counter).update(Buffer.alloc(size));
  }
}

/** Where things of an image are pulled. */
export const manifestPath = ({ repository, digest }: Image): string =>
  `/v2/${repository}/manifests/${digest}`;
export const tagPath = ({ repository, tag }: Image): string => `/v2/${repository}/manifests/${tag}`;
/** The config is its first blob. */
export function blobPath({ repository, blobs }: Image, number: number): string {
  const digest = blobs[number];
  if (digest === undefined) throw new RangeError(`the image has no blob ${number}`);
  return `/v2/${repository}/blobs/${digest}`;
}
