// The table of a bundle: which images it brings, what they are made of, and what of that the other side has already.
// All else in a bundle follows from it, so that every byte can be checked against it.
import { z } from 'zod';
import { digestAlgorithm, digestHex, digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { formatImageName, parseImageName } from '../oci/image-name.ts';
import { MAX_MANIFEST_BYTES } from '../oci/manifest.ts';
import { mediaTypes } from '../oci/media-type.ts';

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

const part = {
  digest: z.string().refine(isDigest),
  size: z.int().nonnegative(),
  public: z.literal(true).exactOptional(),
  there: z.literal(true).exactOptional(),
  images: z.array(z.int().nonnegative()).min(1),
};

const schema = z.strictObject({
  version: z.literal(1),
  images: z.array(z.strictObject({ name: z.string(), digest: part.digest })),
  manifests: z.array(
    z.strictObject({ ...part, mediaType: z.string(), referrer: z.literal(true).exactOptional() }),
  ),
  blobs: z.array(z.strictObject(part)),
});

export function tableBytes(table: BundleTable): Buffer {
  return Buffer.from(`${JSON.stringify(table)}\n`);
}

/** @throws {Error} what is wrong with it */
export function parseTable(bytes: Uint8Array): BundleTable {
  const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (typeof parsed === 'object' && parsed !== null && 'version' in parsed && parsed.version !== 1) {
    throw new Error(`it is of version ${String(parsed.version)}: import it with a newer server`);
  }
  const read = schema.safeParse(parsed);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'it is malformed'}`);
  }
  checkReferences(read.data);
  return read.data;
}

function checkReferences({ images, manifests, blobs }: BundleTable): void {
  const held = new Set(manifests.map(({ digest }) => digest));
  if (held.size < manifests.length || new Set(blobs.map(({ digest }) => digest)).size < blobs.length)
    throw new Error('it has a digest twice');
  if (new Set(images.map(({ name }) => name)).size < images.length) throw new Error('it has a name twice');
  for (const { name, digest } of images) {
    const image = parseImageName(name);
    const isFull =
      formatImageName(image) === name && (image.tag === undefined) !== (image.digest === undefined);
    if (!isFull || (image.digest ?? digest) !== digest)
      throw new Error(`${name} is no full name of ${digest}`);
    if (!held.has(digest)) throw new Error(`it does not have ${digest}, to which ${name} leads`);
  }
  for (const { digest, images: needing } of [...manifests, ...blobs]) {
    if (needing.some((position) => position >= images.length))
      throw new Error(`${digest} is of images that it does not have`);
  }
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
 * from the table, so that neither can be changed alone.
 * @param written the table as it stands in the bundle
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file
 */
export function indexBytes(table: BundleTable, written: Uint8Array): Buffer {
  const manifests = new Map(table.manifests.map((manifest) => [manifest.digest, manifest]));
  const named = new Set(table.images.map(({ digest }) => digest));
  const descriptor = ({ mediaType, digest, size }: BundleManifest) => ({ mediaType, digest, size });
  const index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [
      ...table.images.flatMap(({ name, digest }) => {
        const manifest = manifests.get(digest);
        if (manifest === undefined || manifest.there === true) return [];
        const annotations = { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
        return [{ ...descriptor(manifest), annotations }];
      }),
      ...table.manifests
        .filter(({ referrer, there, digest }) => referrer && !there && !named.has(digest))
        .map(descriptor),
    ],
    annotations: { 'ociregistry.bundle.table': digestOf(written) },
  };
  return Buffer.from(`${JSON.stringify(index)}\n`);
}
