// The export: a bundle of what is asked for and lacking on the other side, in bytes that depend on the content
// alone.
import { ContentGone } from '../registry/shelf.ts';
import type { ExportPlan, PlannedBlob, PlannedImage, Shelf, Write } from '../registry/shelf.ts';
import { Turns, unhurried } from '../thread/turns.ts';
import {
  MAX_IMAGES_OF_PART,
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
 * other side has not. In turns.
 * @throws {Error} when it is too much for one bundle
 */
export async function bundleTable(
  plan: ExportPlan,
  { digests, images: known }: Possession,
): Promise<BundleTable> {
  const turns = new Turns();
  const bringing = new Set<PlannedImage>();
  for await (const image of unhurried(plan.images, turns))
    if (!known.has(`${image.name} ${image.digest}`)) bringing.add(image);
  for await (const part of unhurried([...plan.manifests, ...plan.blobs], turns))
    if (!digests.has(part.digest)) for (const image of part.images) bringing.add(image);
  const images = plan.images.filter((image) => bringing.has(image));
  const positions = new Map(images.map((image, position) => [image, position]));

  const entries = async <Planned extends PlannedBlob, Entry>(
    planned: readonly Planned[],
    entryOf: (part: Planned, shared: BundlePart) => Entry,
  ): Promise<readonly Entry[]> => {
    const found: Entry[] = [];
    for await (const part of unhurried(planned, turns)) {
      const { digest, size } = part;
      const at = [...part.images].flatMap((image) => positions.get(image) ?? []).sort((a, b) => a - b);
      if (at.length === 0) continue;
      const flags = {
        ...(part.public && { public: true as const }),
        ...(digests.has(digest) && { there: true as const }),
      };
      found.push(entryOf(part, { digest, size, ...flags, images: at }));
    }
    return found;
  };
  const table: BundleTable = {
    version: 1,
    images,
    manifests: await entries(plan.manifests, ({ mediaType, referrer }, shared) => ({
      ...shared,
      mediaType,
      ...(referrer && { referrer }),
    })),
    blobs: await entries(plan.blobs, (_, shared) => shared),
  };
  const isShared = carried(table).some((part) => part.images.length > MAX_IMAGES_OF_PART);
  if (isShared || (await head(table)).some(({ bytes }) => bytes.length > MAX_TABLE_BYTES))
    throw new Error(
      `${images.length} images are too many for one bundle; export them in parts, by --pattern`,
    );
  return table;
}

/** Bytes of the whole bundle. */
export async function bundleSize(table: BundleTable): Promise<number> {
  const file = (name: string, size: number): number =>
    tarHeader({ name, size }).length + size + tarPadding(size).length;
  const sizes = [
    ...(await head(table)).map(({ name, bytes }) => file(name, bytes.length)),
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
  for (const { name, bytes } of await head(table))
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

async function head(
  table: BundleTable,
): Promise<readonly { readonly name: string; readonly bytes: Buffer }[]> {
  const written = await tableBytes(table);
  return [
    layoutFile,
    { name: indexName, bytes: await indexBytes(table, written) },
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
