// The images of `docker save` and those who write as it did: a config, layers as files, and no manifest of a registry.
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { quoted } from '../oci/quotation.ts';
import { compressionOf, decompressor, MAGIC_BYTES } from './archive-compression.ts';
import type { Compression } from './archive-compression.ts';
import type { ArchiveContents, HeldEntry } from './archive-contents.ts';

const savedSchema = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).nullish(),
  }),
);
const configSchema = z.object({ rootfs: z.object({ diff_ids: z.array(z.string()).nullish() }) });

/** As manifest.json lists it. */
export type SavedImage = z.infer<typeof savedSchema>[number];

/** A manifest, and the entries of the archive that have what it names. */
export interface MadeManifest {
  readonly bytes: Buffer;
  readonly blobs: readonly HeldEntry[];
}

const layerTypes: Readonly<Record<Compression, string>> = {
  none: mediaTypes.dockerLayerTar,
  gzip: mediaTypes.dockerLayer,
  zstd: mediaTypes.dockerLayerZstd,
};

export class DockerArchive {
  readonly #contents: ArchiveContents;
  /** What a layer is uncompressed, for those that images share. */
  readonly #diffIds = new Map<Digest, Digest>();

  constructor(contents: ArchiveContents) {
    this.#contents = contents;
  }

  /** @throws {ArchiveError} */
  images(): Promise<readonly SavedImage[]> {
    return this.#parsed(this.#contents.entry('manifest.json'), savedSchema);
  }

  /**
   * Makes the manifest that a registry would have for an image: the same one for the same config and layers, whoever
   * wrote the archive.
   * @throws {ArchiveError} when something is missing, or is not what the config says
   * @see https://distribution.github.io/distribution/spec/manifest-v2-2/
   */
  async manifest({ Config, Layers }: SavedImage): Promise<MadeManifest> {
    const config = this.#contents.entry(Config);
    const promised = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(Config)?.[1];
    if (promised !== undefined && promised !== digestHex(config.digest))
      throw this.#contents.flaw(config, `its bytes hash to ${config.digest}`);
    const diffIds = (await this.#parsed(config, configSchema)).rootfs.diff_ids ?? [];
    const names = Layers ?? [];
    if (names.length !== diffIds.length) {
      const why = `it has ${diffIds.length} layers, of which manifest.json lists ${names.length}`;
      throw this.#contents.flaw(config, why);
    }
    const blobs = [config];
    const layers = [];
    for (const [index, name] of names.entries()) {
      const entry = this.#contents.entry(name);
      blobs.push(entry);
      const mediaType = layerTypes[await this.#checked(entry, diffIds[index] ?? '')];
      layers.push({ mediaType, size: entry.size, digest: entry.digest });
    }
    const body = {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig, size: config.size, digest: config.digest },
      layers,
    };
    return { bytes: Buffer.from(JSON.stringify(body)), blobs };
  }

  /** The config names layers by what they are uncompressed, in which form most archives have them. */
  async #checked(entry: HeldEntry, diffId: string): Promise<Compression> {
    const compression = compressionOf(await this.#contents.beginning(entry, MAGIC_BYTES));
    const known = compression === 'none' ? entry.digest : this.#diffIds.get(entry.digest);
    const actual = known ?? (await this.#uncompressed(entry, compression));
    this.#diffIds.set(entry.digest, actual);
    if (actual === diffId) return compression;
    throw this.#contents.flaw(
      entry,
      `the config wants the layer ${quoted(diffId)} there, but it is ${actual}`,
    );
  }

  async #uncompressed(entry: HeldEntry, compression: Compression): Promise<Digest> {
    const hash = createHash('sha256');
    try {
      await pipeline(this.#contents.stream(entry), decompressor(compression), hash);
    } catch (cause) {
      throw this.#contents.flaw(entry, `it is damaged: ${String(cause)}`, cause);
    }
    return `sha256:${hash.digest('hex')}` as Digest;
  }

  async #parsed<S extends z.ZodType>(entry: HeldEntry, schema: S): Promise<z.infer<S>> {
    const bytes = await this.#contents.bytes(entry, MAX_MANIFEST_BYTES);
    try {
      return schema.parse(JSON.parse(bytes.toString()));
    } catch (cause) {
      throw this.#contents.flaw(entry, 'it is not what docker writes there', cause);
    }
  }
}
