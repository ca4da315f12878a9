// The table of a bundle: which images it brings, what they are made of, and what of that the other side has already.
// All else in a bundle follows from it, so that every byte can be checked against it.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digestAlgorithm, digestHex, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import { Turns, unhurried } from '../thread/turns.ts';
import { MAX_ENTRY_BYTES, jsonBytes, parseJson } from './json-in-turns.ts';

/** A manifest or a blob that images need. */
export interface BundlePart {
  readonly digest: Digest;
  readonly size: number;
  /** Whether it is public content: ever obtained without credentials. */
  readonly public?: true;
  /** Whether the other side has it already: its bytes are not in the bundle. */
  readonly there?: true;
  /** Positions in `images`. */
  readonly images: readonly number[];
}

export interface BundleManifest extends BundlePart {
  readonly mediaType: string;
  /** Whether it is about another manifest. */
  readonly referrer?: true;
}

export interface BundleImage {
  /** `registry/repository:tag` or `registry/repository@digest` */
  readonly name: string;
  readonly digest: Digest;
}

export interface BundleTable {
  readonly version: 1;
  readonly images: readonly BundleImage[];
  /** These and the blobs are in the order in which their bytes come. */
  readonly manifests: readonly BundleManifest[];
  readonly blobs: readonly BundlePart[];
}

/** Half a million parts; far less than a server's memory. */
export const MAX_TABLE_BYTES = 64 * 1024 * 1024;
/** What a part that more images need takes would be more than is read in one piece. */
export const MAX_IMAGES_OF_PART = Math.floor(MAX_ENTRY_BYTES / ' 500000,'.length);

/** Bytes: a millisecond's work. */
const HASHED_AT_ONCE = 512 * 1024;

const part = {
  digest: z.string().refine(isDigest),
  size: z.int().nonnegative(),
  public: z.literal(true).exactOptional(),
  there: z.literal(true).exactOptional(),
  images: z.array(z.int().nonnegative()).min(1),
};

const frameSchema = z.strictObject({
  version: z.literal(1),
  images: z.array(z.unknown()),
  manifests: z.array(z.unknown()),
  blobs: z.array(z.unknown()),
});
const imageSchema = z.strictObject({ name: z.string(), digest: part.digest });
const blobSchema = z.strictObject(part);
const manifestSchema = z.strictObject({
  ...part,
  mediaType: z.string(),
  referrer: z.literal(true).exactOptional(),
});

/** In turns: a table may be as long as {@link MAX_TABLE_BYTES}. */
export async function tableBytes({ version, images, manifests, blobs }: BundleTable): Promise<Buffer> {
  return lineOf({ version, images, manifests, blobs });
}

/**
 * In turns.
 * @throws {Error} what is wrong with it
 */
export async function parseTable(bytes: Uint8Array): Promise<BundleTable> {
  const turns = new Turns();
  const parsed = await parseJson(bytes, turns);
  if ('version' in parsed && parsed['version'] !== 1) {
    throw new Error(`it is of version ${String(parsed['version'])}: import it with a newer server`);
  }
  const { version, ...lists } = sound(frameSchema, parsed);
  const soundList = async <T>(schema: z.ZodType<T>, name: keyof typeof lists): Promise<readonly T[]> => {
    const list: T[] = [];
    for await (const [position, entry] of unhurried(lists[name].entries(), turns))
      list.push(sound(schema, entry, name, position));
    return list;
  };
  const table = {
    version,
    images: await soundList(imageSchema, 'images'),
    manifests: await soundList(manifestSchema, 'manifests'),
    blobs: await soundList(blobSchema, 'blobs'),
  };
  await checkReferences(table, turns);
  return table;
}

/** @param place where in the table it stands */
function sound<T>(schema: z.ZodType<T>, value: unknown, ...place: readonly PropertyKey[]): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = [...place, ...(issue?.path ?? [])];
  throw new Error(`${path.map(String).join('.')}: ${issue?.message ?? 'it is malformed'}`);
}

async function checkReferences({ images, manifests, blobs }: BundleTable, turns: Turns): Promise<void> {
  const check = async (parts: readonly BundlePart[]): Promise<ReadonlySet<Digest>> => {
    const held = new Set<Digest>();
    for await (const { digest, images: needing } of unhurried(parts, turns)) {
      if (needing.some((position) => position >= images.length))
        throw new Error(`${digest} is of images that it does not have`);
      held.add(digest);
    }
    if (held.size < parts.length) throw new Error('it has a digest twice');
    return held;
  };
  const held = await check(manifests);
  await check(blobs);
  const names = new Set<string>();
  for await (const { name, digest } of unhurried(images, turns)) {
    names.add(name);
    const image = parseImageName(name);
    const isFull =
      formatImageName(image) === name && (image.tag === undefined) !== (image.digest === undefined);
    if (!isFull || (image.digest ?? digest) !== digest)
      throw new Error(`${name} is no full name of ${digest}`);
    if (!held.has(digest)) throw new Error(`it does not have ${digest}, to which ${name} leads`);
  }
  if (names.size < images.length) throw new Error('it has a name twice');
  const large = manifests.find(({ size }) => size > MAX_MANIFEST_BYTES);
  if (large !== undefined) throw new Error(`the manifest ${large.digest} is too large`);
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#oci-layout-file */
export const layoutFile = {
  name: 'oci-layout',
  bytes: Buffer.from('{"imageLayoutVersion":"1.0.0"}'),
} as const;
export const indexName = 'index.json';
export const tableName = 'ociregistry-bundle.json';

/** Where the bytes of a manifest or blob stand. */
export function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/**
 * The index by which every other reader of OCI layouts finds the images. It has the digest of the table, and all else
 * from the table, so that neither can be changed alone. In turns.
 * @param written the table as it stands in the bundle
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file
 */
export async function indexBytes(table: BundleTable, written: Uint8Array): Promise<Buffer> {
  const turns = new Turns();
  const manifests = new Map(table.manifests.map((manifest) => [manifest.digest, manifest]));
  const named = new Set<Digest>();
  const descriptor = ({ mediaType, digest, size }: BundleManifest) => ({ mediaType, digest, size });
  const descriptors: object[] = [];
  for await (const { name, digest } of unhurried(table.images, turns)) {
    named.add(digest);
    const manifest = manifests.get(digest);
    if (manifest === undefined || manifest.there === true) continue;
    const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
    descriptors.push({ ...descriptor(manifest), annotations });
  }
  for await (const manifest of unhurried(table.manifests, turns)) {
    const { referrer, there, digest } = manifest;
    if (referrer && !there && !named.has(digest)) descriptors.push(descriptor(manifest));
  }
  return lineOf({
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: descriptors,
    annotations: { 'ociregistry.bundle.table': await digestInTurns(written, turns) },
  });
}

async function lineOf(document: Readonly<Record<string, unknown>>): Promise<Buffer> {
  return Buffer.concat([await jsonBytes(document, new Turns()), Buffer.from('\n')]);
}

async function digestInTurns(bytes: Uint8Array, turns: Turns): Promise<Digest> {
  const hash = createHash('sha256');
  for await (const piece of unhurried(pieces(bytes), turns)) hash.update(piece);
  return `sha256:${hash.digest('hex')}` as Digest;
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += HASHED_AT_ONCE) yield bytes.subarray(at, at + HASHED_AT_ONCE);
}
