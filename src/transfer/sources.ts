// The sources of a load: lists and YAML, read into the images that they name, and archives, found to be such.
import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { atLeast, resumed } from './byte-chunks.ts';
import { compressionOf } from './archive-compression.ts';
import { fileSource, layoutSource } from './archive-source.ts';
import type { ArchiveSource } from './archive-source.ts';
import { parseImageList } from './image-list.ts';
import { formatYamlPlace, imagesInYaml } from './kubernetes-images.ts';

/** What somebody wants to have, and the first place that says so. */
export interface WantedImage {
  readonly image: ImageName;
  /** As in `images.txt` or `app.yaml, document 2, Deployment web, spec…`. */
  readonly origin: string;
}

/** What is wrong in a source; the rest of it counts. */
export interface SourceMistake {
  /** As in `images.txt:3`. */
  readonly origin: string;
  readonly message: string;
}

export interface NamedImages {
  /** In the order of the sources, each once. */
  readonly images: readonly WantedImage[];
  readonly mistakes: readonly SourceMistake[];
}

export interface Sources extends NamedImages {
  /** What brings its images with it, yet to be read. */
  readonly archives: readonly ArchiveSource[];
}

/** As much as tells a tar file. */
const BEGINNING = 512;
/** Far more than any cluster's manifests have. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * YAML that names no image is no mistake beside sources that do: a cluster has services as well.
 * @param standardInput read where a source is called `-`
 */
export async function readSources(
  names: readonly string[],
  standardInput: () => AsyncIterable<Uint8Array | string>,
): Promise<Sources> {
  const images = new Map<string, WantedImage>();
  const archives: ArchiveSource[] = [];
  const mistakes: SourceMistake[] = [];
  const without: SourceMistake[] = [];
  for (const name of names) {
    for (const file of await filesOf(name)) {
      const origin = originOf(file);
      const read = await readSource(file, standardInput).catch((error: unknown): ReadSource => ({
        images: [],
        mistakes: [{ origin, message: problem(error) }],
      }));
      if (read.archive !== undefined) archives.push(read.archive);
      mistakes.push(...read.mistakes);
      if (read.yaml === true && read.images.length === 0)
        without.push({ origin, message: 'no image is named in this YAML' });
      for (const wanted of read.images) {
        const full = formatImageName(wanted.image);
        if (!images.has(full)) images.set(full, wanted);
      }
    }
  }
  const nothing = images.size + archives.length + mistakes.length === 0;
  return { images: [...images.values()], archives, mistakes: nothing ? without : mistakes };
}

/** The images that a text names, whether it is a list or YAML. */
export function imagesInText(text: string, origin: string): NamedImages {
  if (!isYaml(text)) {
    const { references, mistakes } = parseImageList(text);
    return {
      images: references.map((image) => ({ image, origin })),
      mistakes: mistakes.map(({ line, message }) => ({ origin: `${origin}:${line}`, message })),
    };
  }
  const { images, mistakes } = imagesInYaml(text);
  return {
    images: images.map(({ image, places: [place] }) => ({
      image,
      origin: place === undefined ? origin : `${origin}, ${formatYamlPlace(place)}`,
    })),
    mistakes: mistakes.map(({ place, message }) => ({
      origin: `${origin}, ${formatYamlPlace(place)}`,
      message,
    })),
  };
}

/** The first line that says something tells: a marker, a list's dash, a bracket, or a key. No reference looks so. */
export function isYaml(text: string): boolean {
  const first = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .find((line) => !/^\s*(?:#|$)/.test(line));
  return first !== undefined && /^\s*(?:---|%YAML|[{[]|-\s|-$|["'\w./-]+\s*:(?:\s|$))/.test(first);
}

/** A name that is there is that file, also when it could be a pattern. */
async function filesOf(name: string): Promise<readonly string[]> {
  if (name === '-' || !/[*?{[]/.test(name)) return [name];
  if (await stat(name).catch(() => undefined)) return [name];
  const files: string[] = [];
  for await (const file of glob(name)) files.push(file);
  return files.length === 0 ? [name] : files.sort();
}

interface ReadSource extends NamedImages {
  readonly archive?: ArchiveSource;
  readonly yaml?: boolean;
}

async function readSource(
  file: string,
  standardInput: () => AsyncIterable<Uint8Array | string>,
): Promise<ReadSource> {
  const stats = file === '-' ? undefined : await stat(file);
  if (stats?.isDirectory() === true) return { images: [], mistakes: [], archive: await unpacked(file) };
  const chunks = buffers(file === '-' ? standardInput() : createReadStream(file))[Symbol.asyncIterator]();
  const beginning = await atLeast(BEGINNING, chunks);
  const archive = archiveFormat(beginning);
  if (archive === undefined) {
    const text = decoded(await readAll(resumed(beginning, chunks)));
    return { ...imagesInText(text, originOf(file)), yaml: isYaml(text) };
  }
  if (archive === 'foreign') {
    await chunks.return();
    throw new Error('it is compressed in a way that is not read here; use gzip, zstd or nothing');
  }
  const named = { images: [], mistakes: [] };
  // What is no regular file, a pipe or standard input, gives its bytes but once.
  if (stats?.isFile() !== true)
    return { ...named, archive: { name: originOf(file), bytes: () => resumed(beginning, chunks) } };
  await chunks.return();
  return { ...named, archive: fileSource(file, stats.size) };
}

async function unpacked(directory: string): Promise<ArchiveSource> {
  if (await stat(join(directory, 'oci-layout')).catch(() => undefined)) return layoutSource(directory);
  throw new Error(`this is a directory; name its files, as in ${directory}/*.yaml`);
}

/** Strings are what a stream gives that somebody has set to an encoding. */
async function* buffers(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Buffer, void> {
  for await (const chunk of chunks) yield Buffer.from(chunk as Uint8Array);
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const read: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes, which no list has`);
    read.push(chunk);
  }
  return Buffer.concat(read);
}

/** Told by its first bytes, never by its name; of bzip2 and xz only that they are. */
function archiveFormat(beginning: Buffer): 'archive' | 'foreign' | undefined {
  if (compressionOf(beginning) !== 'none' || beginning.toString('latin1', 257, 262) === 'ustar')
    return 'archive';
  const magic = beginning.toString('latin1', 0, 6);
  return ['BZh', '\xfd7zXZ'].some((start) => magic.startsWith(start)) ? 'foreign' : undefined;
}

function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Error('this is no text in UTF-8', { cause });
  }
}

function originOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}

const problems: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'this user may not read it',
};

function problem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return problems[(error as NodeJS.ErrnoException).code ?? ''] ?? error.message;
}
