// The images of an archive, whichever tool made it: their names, and the manifests that they begin with.
import type { Descriptor } from '../oci/descriptor.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { isManifestType } from '../oci/media-type.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import type { Manifest } from '../oci/manifest.ts';
import { isTag } from '../oci/reference.ts';
import type { Tag } from '../oci/reference.ts';
import { taggedSubject } from '../oci/referrers-tag.ts';
import type { ArchiveContents, HeldEntry } from './archive-contents.ts';
import { ArchiveError } from './archive-error.ts';
import { DockerArchive } from './docker-archive.ts';

const refName = 'org.opencontainers.image.ref.name';

/** A manifest, as it is stored. */
export interface ArchivedManifest {
  readonly digest: Digest;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

export interface ArchivedImage {
  /** Undefined when the archive says no more than a tag, or nothing. */
  readonly name: ImageName | undefined;
  /** What the archive calls it, for people. */
  readonly label: string;
  /** @throws {Error} when it is missing or wrong */
  readonly root: () => Promise<ArchivedManifest>;
}

/** A manifest that is about another one, and the tag that says so where it has one. */
export interface ArchivedReferrer {
  readonly descriptor: Descriptor;
  readonly tag?: Tag;
}

export interface ArchivedImages {
  readonly images: readonly ArchivedImage[];
  readonly referrers: ReadonlyMap<Digest, readonly ArchivedReferrer[]>;
  /** The entry that has a blob of an image. */
  readonly blob: (digest: Digest) => HeldEntry | undefined;
}

/**
 * Reads a manifest of an OCI layout.
 * @throws {ArchiveError} when it is missing, or not what the descriptor says
 * @throws {OciError} when it is malformed
 */
export async function archivedManifest(
  contents: ArchiveContents,
  { digest, size, mediaType }: Descriptor,
): Promise<ArchivedManifest> {
  const entry = contents.content(digest);
  if (entry.size !== size) throw contents.flaw(entry, `it has ${entry.size} bytes in place of ${size}`);
  const bytes = await contents.bytes(entry, MAX_MANIFEST_BYTES);
  return { digest, bytes, manifest: parseManifest(bytes, mediaType) };
}

/**
 * The images, in the order of the archive.
 * @throws {ArchiveError} when it is an archive of something else
 */
export async function archivedImages(contents: ArchiveContents): Promise<ArchivedImages> {
  if (contents.has('index.json')) return layoutImages(contents);
  if (contents.has('manifest.json')) return dockerImages(contents);
  throw new ArchiveError(
    contents.name,
    'it is no archive of images: neither index.json nor manifest.json is at its top',
  );
}

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md#indexjson-file */
async function layoutImages(contents: ArchiveContents): Promise<ArchivedImages> {
  const entry = contents.entry('index.json');
  const bytes = await contents.bytes(entry, MAX_MANIFEST_BYTES);
  const top = parsedIndex(contents, entry, bytes).filter(({ mediaType }) => isManifestType(mediaType));
  const referrers = await referrersAmong(contents, top);
  const about = new Set([...referrers.values()].flat().map(({ descriptor }) => descriptor.digest));
  const images = top.flatMap((descriptor): readonly ArchivedImage[] => {
    const name = nameOf(descriptor);
    if (name === undefined && about.has(descriptor.digest)) return [];
    const label = descriptor.annotations?.[refName] ?? descriptor.digest;
    return [{ name, label, root: () => archivedManifest(contents, descriptor) }];
  });
  return {
    images,
    referrers,
    blob: (digest) => (contents.hasContent(digest) ? contents.content(digest) : undefined),
  };
}

function parsedIndex(contents: ArchiveContents, entry: HeldEntry, bytes: Buffer): readonly Descriptor[] {
  try {
    const { kind, descriptors } = parseManifest(bytes);
    if (kind === 'index') return descriptors;
  } catch (cause) {
    throw contents.flaw(entry, cause instanceof Error ? cause.message : String(cause), cause);
  }
  throw contents.flaw(entry, 'it is no index');
}

/** containerd writes the full name into an annotation of its own, others into `ref.name`, where a mere tag is no name. */
function nameOf({ annotations }: Descriptor): ImageName | undefined {
  const full = annotations?.['io.containerd.image.name'];
  const reference = annotations?.[refName];
  if (full !== undefined) return parsedName(full);
  return reference === undefined || isTag(reference) ? undefined : parsedName(reference);
}

function parsedName(text: string): ImageName | undefined {
  try {
    return parseImageName(text);
  } catch {
    return undefined;
  }
}

/** What has a subject, and what goes by the tag of one. What is damaged of it is found when its image is loaded. */
async function referrersAmong(
  contents: ArchiveContents,
  top: readonly Descriptor[],
): Promise<ReadonlyMap<Digest, readonly ArchivedReferrer[]>> {
  const referrers = new Map<Digest, ArchivedReferrer[]>();
  const subjects = new Map<Digest, Digest | undefined>();
  for (const descriptor of top) {
    const reference = descriptor.annotations?.[refName] ?? '';
    const tag = isTag(reference) ? reference : undefined;
    const tagged = tag && taggedSubject(tag);
    const { digest } = descriptor;
    // An image of many names is read once.
    if (!subjects.has(digest)) {
      const read = await archivedManifest(contents, descriptor).catch(() => undefined);
      subjects.set(digest, read?.manifest.subject?.digest);
    }
    const subject = tagged ?? subjects.get(digest);
    // Without what it is about, it stands for itself.
    if (subject === undefined || !contents.hasContent(subject)) continue;
    const known = referrers.get(subject) ?? [];
    known.push({ descriptor, ...(tagged !== undefined && tag !== undefined && { tag }) });
    referrers.set(subject, known);
  }
  return referrers;
}

/** The manifests are made, so nothing refers to them. */
async function dockerImages(contents: ArchiveContents): Promise<ArchivedImages> {
  const archive = new DockerArchive(contents);
  const blobs = new Map<Digest, HeldEntry>();
  const images = (await archive.images()).flatMap((saved): readonly ArchivedImage[] => {
    const root = async (): Promise<ArchivedManifest> => {
      const made = await archive.manifest(saved);
      for (const entry of made.blobs) blobs.set(entry.digest, entry);
      return { digest: digestOf(made.bytes), bytes: made.bytes, manifest: parseManifest(made.bytes) };
    };
    const tags = saved.RepoTags ?? [];
    if (tags.length === 0) return [{ name: undefined, label: saved.Config, root }];
    return tags.map((label) => ({ name: parsedName(label), label, root }));
  });
  return { images, referrers: new Map(), blob: (digest) => blobs.get(digest) };
}
