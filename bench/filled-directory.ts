// Fills an image path with as many small images as one likes, the way that content comes in from a file.
import { defaultConfig } from '../src/config/config.ts';
import { silentLog } from '../src/log/log.ts';
import { digestOf } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import { parseManifest } from '../src/oci/manifest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { parseTag } from '../src/oci/reference.ts';
import { parseRegistryHost } from '../src/oci/registry-host.ts';
import { parseRepositoryName } from '../src/oci/repository.ts';
import { openRegistry } from '../src/registry/registry.ts';
import type { Registry } from '../src/registry/registry.ts';

/** The registry that everything in it is said to be from. */
export const registry = parseRegistryHost('registry.example.test');

/** Where an image is, and two things of it that can be pulled. */
export interface FilledImage {
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly config: Digest;
}

const AT_ONCE = 16;
const TAGS_OF_ONE = 10;
const BASES = 50;
const BASE_LAYERS = 4;

/** Images of six blobs: a config and a layer of their own, and the four layers of one of fifty bases. */
export async function fillDirectory(imagePath: string, count: number): Promise<readonly FilledImage[]> {
  const engine = await openRegistry(
    { ...defaultConfig, imagePath, airGapped: true, complete: false },
    { log: silentLog },
  );
  try {
    const images: FilledImage[] = [];
    for (let first = 0; first < count; first += AT_ONCE) {
      const numbers = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, next) => first + next);
      images.push(...(await Promise.all(numbers.map((number) => addImage(engine, number)))));
    }
    return images;
  } finally {
    await engine.close();
  }
}

async function addImage({ intake }: Registry, number: number): Promise<FilledImage> {
  const repository = `team-${number % 100}/app-${Math.floor(number / TAGS_OF_ONE)}`;
  const target = { registry, repository: parseRepositoryName(repository) };
  const store = async (mediaType: string, text: string) => {
    const bytes = Buffer.from(text);
    const digest = digestOf(bytes);
    await intake.blob(digest, piece(bytes));
    await intake.shareBlob([target], digest, true);
    return { mediaType, digest, size: bytes.length };
  };
  const config = await store(mediaTypes.ociConfig, JSON.stringify({ number, filling: 'x'.repeat(1000) }));
  const layers = [];
  for (let layer = 0; layer < BASE_LAYERS; layer += 1)
    layers.push(await store(mediaTypes.ociLayer, `layer ${layer} of base ${number % BASES}`.padEnd(1000)));
  layers.push(await store(mediaTypes.ociLayer, `layer of image ${number}`.padEnd(1000)));
  const bytes = Buffer.from(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
  );
  const tag = `v${number % TAGS_OF_ONE}`;
  const digest = digestOf(bytes);
  const stored = { digest, bytes, manifest: parseManifest(bytes, mediaTypes.ociManifest), anonymous: true };
  await intake.keepManifest(stored);
  await intake.shareManifest(target, digest, true, parseTag(tag));
  return { repository, tag, digest, config: config.digest };
}

// eslint-disable-next-line @typescript-eslint/require-await -- the intake reads what comes in pieces
async function* piece(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
