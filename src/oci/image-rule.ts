// A rule for images: the beginning of their names, as operators write it to allow or to deny them.
import type { Digest } from './digest.ts';
import { OciError } from './errors.ts';
import { formatImageName, parseImageName } from './image-name.ts';
import type { ImageName } from './image-name.ts';
import { quoted } from './quotation.ts';
import type { Tag } from './reference.ts';
import { isDomain, parseRegistryHost } from './registry-host.ts';
import type { RegistryHost } from './registry-host.ts';
import { parseRepositoryName } from './repository.ts';

/** Plain data, which may go to another thread. */
export interface ImageRule {
  /** The rule with nothing left to defaults; of two that fit, the one with the longer name counts. */
  readonly name: string;
  readonly registry: RegistryHost;
  /** A repository, or where repositories begin; undefined is the whole registry. */
  readonly path?: string;
  /** Only what is below the path. */
  readonly below?: true;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/**
 * Reads `registry`, `registry/`, `registry/path/`, or an image's name with or without tag and digest, as Docker reads
 * it. What ends in a slash is for all that is below.
 * @throws {OciError} NAME_INVALID, DIGEST_INVALID
 */
export function parseImageRule(text: string): ImageRule {
  if (text.includes('*')) throw invalid(text, 'it is the beginning of a name; leave out the *');
  return registryRule(text) ?? (text.endsWith('/') ? belowRule(text.slice(0, -1)) : nameRule(text));
}

/** Whether it is for this image: parts of names are compared whole, so that no name only looks like another. */
export function fitsImage({ registry, path, below, tag, digest }: ImageRule, image: ImageName): boolean {
  if (registry !== image.registry) return false;
  if (path === undefined) return true;
  if (image.repository === path && below === undefined) {
    return (tag === undefined || tag === image.tag) && (digest === undefined || digest === image.digest);
  }
  return tag === undefined && digest === undefined && image.repository.startsWith(`${path}/`);
}

/** Of the rules that are for this image, the one that says most. */
export function longestRule(rules: readonly ImageRule[], image: ImageName): ImageRule | undefined {
  let longest: ImageRule | undefined;
  for (const rule of rules) {
    if (rule.name.length > (longest?.name.length ?? 0) && fitsImage(rule, image)) longest = rule;
  }
  return longest;
}

/** `quay.io` is a registry, where Docker would read a repository; `postgres:16` is not, and `registry:5000/` is. */
function registryRule(text: string): ImageRule | undefined {
  const host = text.replace(/\/$/, '');
  if (/[/@]/.test(host)) return undefined;
  const named = text.endsWith('/') ? host : host.replace(/:[^:\]]*$/, '');
  if (!isDomain(named)) return undefined;
  const registry = parseRegistryHost(host);
  return { name: `${registry}/`, registry };
}

function belowRule(text: string): ImageRule {
  const slash = text.indexOf('/');
  const first = text.slice(0, Math.max(slash, 0));
  const registry = parseRegistryHost(isDomain(first) ? first : 'docker.io');
  const path = parseRepositoryName(isDomain(first) ? text.slice(slash + 1) : text);
  return { name: `${registry}/${path}/`, registry, path, below: true };
}

function nameRule(text: string): ImageRule {
  const image = parseImageName(text);
  const { registry, repository: path, digest } = image;
  const isBare = !/[:@]/.test(text.slice(text.lastIndexOf('/') + 1));
  const [, last = ''] = text.split('/');
  // docker.io/library: everybody means all that is below, and Docker reads docker.io/library/library.
  if (isBare && registry === 'docker.io' && path === `library/${last}` && text.split('/').length === 2) {
    throw invalid(
      text,
      `write docker.io/library/${last} for the image, or docker.io/${last}/ for all that is below`,
    );
  }
  const name = isBare ? `${registry}/${path}` : formatImageName(image);
  const tag = isBare ? undefined : image.tag;
  return { name, registry, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function invalid(text: string, why: string): OciError {
  return new OciError('NAME_INVALID', `${quoted(text, 300)} is no rule for images: ${why}`);
}
