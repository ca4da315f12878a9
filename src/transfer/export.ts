// The export: a bundle of what is asked for and lacking on the other side, as a stream of bytes that depend on the
// content alone.
import type { Digest } from '../oci/digest.ts';
import { ContentGone } from '../registry/shelf.ts';
import type { ExportPlan, PlannedImage, Shelf } from '../registry/shelf.ts';
import {
  MAX_TABLE_BYTES,
  blobName,
  indexBytes,
  indexName,
  layoutFile,
  tableBytes,
  tableName,
} from './bundle-table.ts';
import type { BundlePart, BundleTable } from './bundle-table.ts';
import type { Possession } from './inventory.ts';
import { tarEnd, tarHeader, tarPadding } from './tar-block.ts';

/**
 * What the bundle is to hold: of the planned images those that bring something new, and of their parts those that the
 * other side has not.
 * @throws {Error} when it is too much for one bundle
 */
export function bundleTable(plan: ExportPlan, { digests, images: known }: Possession): BundleTable {
  const parts = [...plan.manifests, ...plan.blobs];
  const bringing = new Set<PlannedImage>(
    plan.images.filter(({ name, digest }) => !known.has(`${name} ${digest}`)),
  );
  for (const part of parts)
    if (!digests.has(part.digest)) for (const image of part.images) bringing.add(image);
  const images = plan.images.filter((image) => bringing.has(image));
  const positions = new Map(images.map((image, position) => [image, position]));

  const entries = <Part extends (typeof parts)[number]>(planned: readonly Part[]) =>
    planned.flatMap(({ digest, size, public: isPublic, images: needing, ...rest }) => {
      const at = [...needing].flatMap((image) => positions.get(image) ?? []).sort((a, b) => a - b);
      if (at.length === 0) return [];
      const flags = {
        ...(isPublic && { public: true as const }),
        ...(digests.has(digest) && { there: true as const }),
      };
      return [{ digest, size, ...flags, images: at, ...rest }];
    });
  const table: BundleTable = {
    version: 1,
    images,
    manifests: entries(plan.manifests).map(({ referrer, ...manifest }) => ({
      ...manifest,
      ...(referrer && { referrer }),
    })),
    blobs: entries(plan.blobs),
  };
  if (head(table).some(({ bytes }) => bytes.length > MAX_TABLE_BYTES))
    throw new Error(
      `${images.length} images are too many for one bundle; export them in parts, by --pattern`,
    );
  return table;
}

/** Bytes of the whole bundle. */
export function bundleSize(table: BundleTable): number {
  const file = (name: string, size: number): number =>
    tarHeader({ name, size }).length + size + tarPadding(size).length;
  const sizes = [
    ...head(table).map(({ name, bytes }) => file(name, bytes.length)),
    ...carried(table).map(({ digest, size }) => file(blobName(digest), size)),
  ];
  return sizes.reduce((sum, size) => sum + size, tarEnd.length);
}

/** The parts whose bytes are in the bundle, in their order. */
function carried({ manifests, blobs }: BundleTable): readonly BundlePart[] {
  return [...manifests, ...blobs].filter(({ there }) => there !== true);
}

/**
 * The bundle. Every blob is hashed on its way.
 * @throws {ContentGone} at the first part that is damaged, or not there any more; what came until then is no bundle
 */
export async function* bundleBytes(
  shelf: Pick<Shelf, 'manifest' | 'blob'>,
  table: BundleTable,
): AsyncGenerator<Uint8Array> {
  for (const { name, bytes } of head(table)) yield* file(name, bytes.length, [bytes]);
  for (const part of table.manifests.filter(({ there }) => !there))
    yield* content(part, table, manifestBytes(shelf, part.digest));
  for (const part of table.blobs.filter(({ there }) => !there))
    yield* content(part, table, shelf.blob(part.digest));
  yield tarEnd;
}

function head(table: BundleTable): readonly { readonly name: string; readonly bytes: Buffer }[] {
  const written = tableBytes(table);
  return [
    layoutFile,
    { name: indexName, bytes: indexBytes(table, written) },
    { name: tableName, bytes: written },
  ];
}

async function* manifestBytes(shelf: Pick<Shelf, 'manifest'>, digest: Digest): AsyncGenerator<Uint8Array> {
  yield await shelf.manifest(digest);
}

async function* content(
  part: BundlePart,
  table: BundleTable,
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield* file(blobName(part.digest), part.size, bytes);
  } catch (error) {
    if (!(error instanceof ContentGone)) throw error;
    throw new ContentGone(`${error.message}; ${namesOf(part, table)} cannot be exported without it`, {
      cause: error,
    });
  }
}

async function* file(
  name: string,
  size: number,
  bytes: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield tarHeader({ name, size });
  yield* bytes;
  yield tarPadding(size);
}

const SHOWN = 3;

/** The images that need a part, or some of them. */
function namesOf({ images }: BundlePart, table: BundleTable): string {
  const names = images.slice(0, SHOWN).flatMap((position) => table.images[position]?.name ?? []);
  return images.length > SHOWN ? `${names.join(', ')} and ${images.length - SHOWN} more` : names.join(', ');
}
