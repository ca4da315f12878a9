// Which texts of a parsed resource are images: certain in a pod's containers, judged by their looks elsewhere.
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';

type Path = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

interface Found {
  readonly path: Path;
  /** The innermost resource around it: an item of a List is one. */
  readonly resource: Fields | undefined;
}

/** A text that names an image, or that should and does not. */
export type NamedImage = Found &
  (
    | { readonly image: ImageName }
    | { readonly image?: undefined; readonly text: string; readonly mistake: string }
  );

/** Lists of containers wherever they are: pods, pod templates, and the custom resources that have their form. */
const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);
/** What they hold is a schema, or encoded; their `image` is no reference. */
const otherKinds: ReadonlySet<string> = new Set(['CustomResourceDefinition', 'Secret']);
/** Keys that are to hold an image; `imageName` is CloudNativePG's. */
const imageKeys: ReadonlySet<string> = new Set(['image', 'imageName', 'containerImage']);
/** Beside these, `image` is a container's also when it is one bare word. */
const containerKeys: readonly string[] = [
  ...['command', 'args', 'env', 'envFrom', 'ports', 'resources', 'volumeMounts', 'script'],
  ...['imagePullPolicy', 'livenessProbe', 'readinessProbe', 'securityContext', 'workingDir'],
];
/** Names of files that are called images too. */
const pictures = /\.(?:png|jpe?g|gif|svg|webp|ico|bmp|iso|img|qcow2|raw|vmdk|vhdx?|ova|tar|gz|xz|zst|zip)$/i;

/** Deeper than any resource is, so that no made-up one exhausts the stack. */
const MAX_DEPTH = 100;

/** All in the order in which they stand. */
export function namedImages(document: unknown): readonly NamedImage[] {
  const found: NamedImage[] = [];
  if (Array.isArray(document)) {
    // A YAML list of references, as an image list is at times written.
    for (const [index, text] of document.entries()) {
      if (typeof text === 'string') found.push(certain(text, { path: [index], resource: undefined }));
    }
  }
  visit(document, { path: [], resource: undefined }, found);
  return found;
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function visit(value: unknown, at: Found, found: NamedImage[]): void {
  if (at.path.length > MAX_DEPTH) return;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) visit(item, inside(at, index), found);
  } else if (isObject(value)) {
    const isResource = typeof value['kind'] === 'string' && typeof value['apiVersion'] === 'string';
    if (isResource && otherKinds.has(String(value['kind']))) return;
    visitFields(value, isResource ? { ...at, resource: value } : at, found);
  }
}

function visitFields(fields: Fields, at: Found, found: NamedImage[]): void {
  const pair = repositoryAndTag(fields, at);
  if (pair !== undefined) found.push(pair);
  for (const [key, value] of Object.entries(fields)) {
    const here = inside(at, key);
    if (key === 'image' && isObject(value) && isContainer(here.path)) {
      found.push({ ...here, text: '', mistake: 'the image is no text; is this rendered?' });
    } else if (typeof value !== 'string') visit(value, here, found);
    else if (pair === undefined && imageKeys.has(key)) found.push(...imageText(value, fields, here));
    else if (key === 'value' && isRelatedImage(fields)) found.push(...explicit(value, here));
    else if (key === 'reference' && isImageVolume(at.path)) found.push(certain(value, here));
  }
}

function inside({ path, resource }: Found, step: string | number): Found {
  return { path: [...path, step], resource };
}

function imageText(text: string, fields: Fields, at: Found): readonly NamedImage[] {
  // Empty is for somebody else to fill in: Istio, the operator, the cluster's defaults.
  if (text === '' || text === 'auto') return [];
  if (isContainer(at.path)) return [certain(text, at)];
  return containerKeys.some((other) => Object.hasOwn(fields, other)) ? likely(text, at) : explicit(text, at);
}

/** `containers[].image` */
function isContainer(path: Path): boolean {
  const [list, index, image] = path.slice(-3);
  return containerLists.has(String(list)) && typeof index === 'number' && image === 'image';
}

/** `volumes[].image.reference` */
function isImageVolume(path: Path): boolean {
  const [volumes, index, image] = path.slice(-3);
  return volumes === 'volumes' && typeof index === 'number' && image === 'image';
}

/** What operators pull later they are told in variables of this name. */
function isRelatedImage({ name }: Fields): boolean {
  return typeof name === 'string' && name.startsWith('RELATED_IMAGE_');
}

/**
 * A name in parts: `registry`, `repository` and `tag` or `digest`, as in the values of charts, or `repository`, `image`
 * and `version`, as in the resources of operators.
 */
function repositoryAndTag(fields: Fields, at: Found): NamedImage | undefined {
  const { registry, repository, image, tag, digest, version } = fields;
  if (!isText(repository) || repository.includes('://')) return undefined;
  if (isText(image) && !image.includes('/') && !/[:@]/.test(image)) {
    return parsed(joined(`${repository}/${image}`, isText(version) ? version : tag, digest), at);
  }
  if (!isText(tag) && !isText(digest)) return undefined;
  const isImage =
    isText(registry) ||
    /image$/i.test(String(at.path.at(-1) ?? '')) ||
    'pullPolicy' in fields ||
    'imagePullPolicy' in fields ||
    /^[^/]*[.:][^/]*\//.test(repository);
  return isImage
    ? parsed(joined(isText(registry) ? `${registry}/${repository}` : repository, tag, digest), at)
    : undefined;
}

function joined(repository: string, tag: unknown, digest: unknown): string {
  const isDigest = isText(tag) && /^sha(?:256|512):/.test(tag);
  const last = isText(digest) ? digest : isDigest ? tag : undefined;
  return repository + (isText(tag) && !isDigest ? `:${tag}` : '') + (last === undefined ? '' : `@${last}`);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** A container's: what is no reference is a mistake. */
function certain(text: string, at: Found): NamedImage {
  try {
    return { ...at, image: parseImageName(text) };
  } catch (error) {
    return { ...at, text, mistake: error instanceof Error ? error.message : String(error) };
  }
}

/** Probably one: what is no reference is something else. */
function likely(text: string, at: Found): readonly NamedImage[] {
  return [parsed(text, at) ?? []].flat();
}

/** Only with a registry, a path, a tag or a digest: `image: ubuntu` may be a virtual machine's, or a theme's. */
function explicit(text: string, at: Found): readonly NamedImage[] {
  return /[/:@]/.test(text) && !pictures.test(text) ? likely(text, at) : [];
}

function parsed(text: string, at: Found): NamedImage | undefined {
  const named = certain(text, at);
  return named.image === undefined ? undefined : named;
}
