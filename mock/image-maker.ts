// Makes images, indexes and artifacts of random layers, and puts them into the store of a mock.
import type { Descriptor } from '../src/oci/descriptor.ts';
import type { Digest, DigestAlgorithm } from '../src/oci/digest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import type { Platform } from '../src/oci/platform.ts';
import { parsePlatform } from '../src/oci/platform.ts';
import type { Content } from './content.ts';
import { bytesContent, digestOfContent, generatedContent, readAll } from './content.ts';
import type { LayerFiles } from './layer-archive.ts';
import { layerArchive } from './layer-archive.ts';
import type { MadeBlob, MadeManifest } from './made.ts';
import type { Random } from './random.ts';
import { fallbackTag, referrersOf } from './referrers.ts';
import type { ContentStore } from './store.ts';

export interface BlobOptions {
  /** bytes of random content; default 1024. Up to hundreds of megabytes cost nothing but the time to hash them */
  readonly size?: number;
  /** this content instead */
  readonly bytes?: string | Uint8Array;
  /** a layer that runtimes can unpack */
  readonly files?: LayerFiles;
  readonly mediaType?: string;
  readonly algorithm?: DigestAlgorithm;
  /** false: described, but not there */
  readonly stored?: boolean;
  /** written over the true descriptor: `urls`, `annotations`, `data`, or a lie */
  readonly descriptor?: Partial<Descriptor>;
}

export interface ManifestOptions {
  readonly mediaTypes?: 'oci' | 'docker';
  readonly algorithm?: DigestAlgorithm;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  /** members written over the manifest's own, unknown ones too */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** A layer: its size, how to make it, or one that another image has already. */
export type Layer = number | BlobOptions | MadeBlob;

export interface ImageOptions extends ManifestOptions {
  /** default two of 1 and 4 KiB; an empty list is an image without layers */
  readonly layers?: readonly Layer[];
  /** `linux/arm64` and so on, an image each, under an index; without it there is one image and no index */
  readonly platforms?: readonly string[];
}

export interface ArtifactOptions extends ManifestOptions {
  readonly tag?: string;
  readonly layers?: readonly Layer[];
  /** whether the fallback tag of the subject is kept too, for registries without the referrers API */
  readonly fallbackTag?: boolean;
}

export class ImageMaker {
  readonly #store: ContentStore;
  readonly #random: Random;

  constructor(store: ContentStore, random: Random) {
    this.#store = store;
    this.#random = random;
  }

  image(repository: string, tag: string | undefined, options: ImageOptions = {}): MadeManifest {
    const { platforms } = options;
    if (platforms === undefined)
      return this.#image(repository, tag, { os: 'linux', architecture: 'amd64' }, options);
    // What else is said of the whole is said of the index, not of each image.
    const forImages: ImageOptions = {
      ...(options.mediaTypes && { mediaTypes: options.mediaTypes }),
      ...(options.algorithm && { algorithm: options.algorithm }),
      ...(options.layers && { layers: options.layers }),
    };
    const children = platforms.map((text) => {
      const platform = parsePlatform(text);
      const child = this.#image(repository, undefined, platform, forImages);
      return { ...child, descriptor: { ...child.descriptor, platform } };
    });
    return this.index(repository, tag, children, options);
  }

  /** An index of manifests, which may be indexes themselves, or none. */
  index(
    repository: string,
    tag: string | undefined,
    manifests: readonly MadeManifest[],
    options: ManifestOptions = {},
  ): MadeManifest {
    const mediaType = options.mediaTypes === 'docker' ? mediaTypes.dockerList : mediaTypes.ociIndex;
    const body = { manifests: manifests.map(({ descriptor }) => descriptor) };
    const made = this.#manifest(repository, tag, mediaType, body, options);
    return { ...made, manifests, blobs: distinct(manifests.flatMap(({ blobs }) => blobs)) };
  }

  artifact(repository: string, options: ArtifactOptions): MadeManifest {
    const config = this.blob(repository, { bytes: '{}', mediaType: mediaTypes.ociEmpty });
    const layers = this.#layers(repository, options.layers ?? [{ bytes: '{}' }], mediaTypes.octetStream);
    const made = this.#imageManifest(repository, options.tag, config, layers, {
      artifactType: 'application/vnd.example.mock',
      ...options,
    });
    const { subject } = options;
    if (subject !== undefined && options.fallbackTag === true)
      this.#keepFallbackTag(repository, subject.digest);
    return made;
  }

  /** Any bytes as a manifest. */
  raw(
    repository: string,
    tag: string | undefined,
    bytes: string | Uint8Array,
    mediaType: string,
    algorithm: DigestAlgorithm = 'sha256',
  ): MadeManifest {
    const buffer = Buffer.from(bytes);
    const { digest } = this.#store.putManifest(repository, buffer, mediaType, algorithm);
    if (tag !== undefined) this.#store.tag(repository, tag, digest);
    return {
      repository,
      ...(tag !== undefined && { tag }),
      name: tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`,
      digest,
      size: buffer.length,
      mediaType,
      bytes: buffer,
      descriptor: { mediaType, digest, size: buffer.length },
      layers: [],
      manifests: [],
      blobs: [],
    };
  }

  blob(repository: string, options: BlobOptions = {}): MadeBlob {
    const { mediaType = mediaTypes.octetStream, algorithm = 'sha256' } = options;
    const content = this.#content(options);
    const digest = digestOfContent(content, algorithm);
    if (options.stored !== false) this.#store.putBlob(repository, digest, content);
    const { size } = content;
    return {
      digest,
      size,
      mediaType,
      descriptor: { mediaType, digest, size, ...options.descriptor },
      content,
      bytes: () => readAll(content),
    };
  }

  #image(
    repository: string,
    tag: string | undefined,
    platform: Platform,
    options: ImageOptions,
  ): MadeManifest {
    const docker = options.mediaTypes === 'docker';
    const types = docker
      ? { config: mediaTypes.dockerConfig, layer: mediaTypes.dockerLayer }
      : { config: mediaTypes.ociConfig, layer: mediaTypes.ociLayer };
    const layers = this.#layers(repository, options.layers ?? [1024, 4096], types.layer);
    const config = this.blob(repository, {
      bytes: JSON.stringify({
        ...platform,
        // So that no two images are one by accident.
        config: { Labels: { 'mock.serial': this.#random.hex(16) } },
        rootfs: { type: 'layers', diff_ids: layers.map(({ digest, diffId = digest }) => diffId) },
      }),
      mediaType: types.config,
      ...(options.algorithm !== undefined && { algorithm: options.algorithm }),
    });
    return this.#imageManifest(repository, tag, config, layers, options);
  }

  #imageManifest(
    repository: string,
    tag: string | undefined,
    config: MadeBlob,
    layers: readonly MadeBlob[],
    options: ManifestOptions,
  ): MadeManifest {
    const mediaType = options.mediaTypes === 'docker' ? mediaTypes.dockerManifest : mediaTypes.ociManifest;
    const body = { config: config.descriptor, layers: layers.map(({ descriptor }) => descriptor) };
    const made = this.#manifest(repository, tag, mediaType, body, options);
    return { ...made, config, layers, blobs: distinct([config, ...layers]) };
  }

  #manifest(
    repository: string,
    tag: string | undefined,
    mediaType: string,
    body: Readonly<Record<string, unknown>>,
    { artifactType, subject, annotations, extra, algorithm }: ManifestOptions,
  ): MadeManifest {
    const json = { schemaVersion: 2, mediaType, artifactType, ...body, subject, annotations, ...extra };
    return this.raw(repository, tag, JSON.stringify(json, undefined, 2), mediaType, algorithm);
  }

  #layers(repository: string, layers: readonly Layer[], mediaType: string): readonly MadeBlob[] {
    return layers.map((layer) => {
      if (typeof layer === 'object' && 'digest' in layer) {
        this.#store.putBlob(repository, layer.digest, layer.content);
        return layer;
      }
      const options = typeof layer === 'number' ? { size: layer } : layer;
      const archive = options.files && layerArchive(options.files);
      const blob = this.blob(repository, { mediaType, ...options, ...(archive && { bytes: archive.bytes }) });
      return archive === undefined ? blob : { ...blob, diffId: archive.diffId };
    });
  }

  #content({ bytes, files, size = 1024 }: BlobOptions): Content {
    if (bytes !== undefined) return bytesContent(Buffer.from(bytes));
    if (files !== undefined) return bytesContent(layerArchive(files).bytes);
    return generatedContent(this.#random.next(), size);
  }

  #keepFallbackTag(repository: string, subject: Digest): void {
    const manifests = referrersOf(this.#store.manifests(repository), subject);
    const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
    this.raw(repository, fallbackTag(subject), JSON.stringify(index), mediaTypes.ociIndex);
  }
}

function distinct(blobs: readonly MadeBlob[]): readonly MadeBlob[] {
  return [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
}
