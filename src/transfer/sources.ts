// The sources of a load: lists, YAML, standard input and globs, read into the images that they name.
import { createReadStream } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
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

export interface Sources {
  /** In the order of the sources, each once. */
  readonly images: readonly WantedImage[];
  readonly mistakes: readonly SourceMistake[];
}

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
  const mistakes: SourceMistake[] = [];
  const without: SourceMistake[] = [];
  for (const name of names) {
    for (const file of await filesOf(name)) {
      const origin = originOf(file);
      const read = await readSource(file, standardInput).catch((error: unknown) => ({
        images: [],
        mistakes: [{ origin, message: problem(error) }],
        yaml: false,
      }));
      mistakes.push(...read.mistakes);
      if (read.yaml && read.images.length === 0)
        without.push({ origin, message: 'no image is named in this YAML' });
      for (const wanted of read.images) {
        const full = formatImageName(wanted.image);
        if (!images.has(full)) images.set(full, wanted);
      }
    }
  }
  return { images: [...images.values()], mistakes: images.size + mistakes.length === 0 ? without : mistakes };
}

/** The images that a text names, whether it is a list or YAML. */
export function imagesInText(text: string, origin: string): Sources {
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

async function readSource(
  file: string,
  standardInput: () => AsyncIterable<Uint8Array | string>,
): Promise<Sources & { readonly yaml: boolean }> {
  const bytes = file === '-' ? await readAll(standardInput()) : await readBounded(file);
  if (isArchive(bytes)) {
    throw new Error(
      'this is a tarball, which cannot be loaded yet; name its images in a list, or load it into a registry',
    );
  }
  const text = decoded(bytes);
  return { ...imagesInText(text, originOf(file)), yaml: isYaml(text) };
}

async function readBounded(file: string): Promise<Buffer> {
  const stats = await stat(file);
  if (stats.isDirectory()) throw new Error(`this is a directory; name its files, as in ${file}/*.yaml`);
  return readAll(createReadStream(file));
}

async function readAll(chunks: AsyncIterable<Uint8Array | string>): Promise<Buffer> {
  const read: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk as Uint8Array);
    bytes += buffer.length;
    // An archive is known by its beginning, however long it is.
    if (read.length === 0 && isArchive(buffer)) return buffer;
    if (bytes > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes, which no list has`);
    read.push(buffer);
  }
  return Buffer.concat(read);
}

/** gzip, zstd, bzip2, xz, or tar itself. */
function isArchive(bytes: Buffer): boolean {
  const magic = bytes.toString('latin1', 0, 6);
  return (
    ['\x1f\x8b', '\x28\xb5\x2f\xfd', 'BZh', '\xfd7zXZ'].some((start) => magic.startsWith(start)) ||
    bytes.toString('latin1', 257, 262) === 'ustar'
  );
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
