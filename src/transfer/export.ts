// The export: a bundle of what is asked for and lacking on the other side, in bytes that depend on the content
// alone.
import { ContentGone } from '../registry/shelf.ts';
import type { ExportPlan, PlannedImage, Shelf, Write } from '../registry/shelf.ts';
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
import type { TarFile } from './tar-block.ts';

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
 * Writes the bundle. Every blob is hashed on its way.
 * @throws {ContentGone} at the first part that is damaged, or not there any more; what came until then is no bundle
 */
export async function writeBundle(
  shelf: Pick<Shelf, 'manifest' | 'blob'>,
  table: BundleTable,
  write: Write,
): Promise<void> {
  for (const { name, bytes } of head(table))
    await file({ name, size: bytes.length }, write, () => write(bytes));
  const isManifest = new Set<BundlePart>(table.manifests);
  for (const part of carried(table)) {
    const { digest, size } = part;
    await file({ name: blobName(digest), size }, write, async () => {
      if (isManifest.has(part)) await write(await shelf.manifest(digest));
      else await shelf.blob(digest, write);
    }).catch((error: unknown) => {
      throw error instanceof ContentGone ? whoNeeds(error, part, table) : error;
    });
  }
  await write(tarEnd);
}

async function file(header: TarFile, write: Write, content: () => Promise<void>): Promise<void> {
  await write(tarHeader(header));
  await content();
  await write(tarPadding(header.size));
}

function head(table: BundleTable): readonly { readonly name: string; readonly bytes: Buffer }[] {
  const written = tableBytes(table);
  return [
    layoutFile,
    { name: indexName, bytes: indexBytes(table, written) },
    { name: tableName, bytes: written },
  ];
}

const SHOWN = 3;

function whoNeeds(cause: ContentGone, { images }: BundlePart, table: BundleTable): ContentGone {
  const names = images.slice(0, SHOWN).flatMap((position) => table.images[position]?.name ?? []);
  const more = images.length > SHOWN ? ` and ${images.length - SHOWN} more` : '';
  return new ContentGone(`${cause.message}; ${names.join(', ')}${more} cannot be exported without it`, {
    cause,
  });
}
