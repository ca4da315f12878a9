// An image's full name, as people write it in pod specifications and image lists.
import { parseDigest, type Digest } from './digest.ts';
import { OciError } from './errors.ts';
import { quoted } from './quotation.ts';
import { isTag, type Tag } from './reference.ts';
import { isDomain, parseRegistryHost, type RegistryHost } from './registry-host.ts';
import { parseRepositoryOf, type RepositoryName } from './repository.ts';

export interface ImageName {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  readonly tag?: Tag;
  readonly digest?: Digest;
}

/**
 * Reads a name with Docker's defaults: no registry is docker.io, no tag and no digest is `latest`.
 * A tag beside a digest is kept; the digest decides what is pulled.
 * @throws {OciError} NAME_INVALID, DIGEST_INVALID
 * @see https://github.com/distribution/reference/blob/v0.6.0/normalize.go
 */
export function parseImageName(text: string): ImageName {
  if (text.includes('://')) throw invalid(text, 'leave out the scheme');
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  const tagged = at < 0 ? text : text.slice(0, at);
  // A colon before the last slash belongs to the registry's port.
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const tag = colon < 0 ? undefined : parseNameTag(tagged.slice(colon + 1), text);
  const path = colon < 0 ? tagged : tagged.slice(0, colon);

  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  const hasHost = slash >= 0 && isDomain(first);
  const registry = parseRegistryHost(hasHost ? first : 'docker.io');
  const repository = parseRepositoryOf(registry, hasHost ? path.slice(slash + 1) : path);
  if (digest === undefined) return { registry, repository, tag: tag ?? ('latest' as Tag) };
  return tag === undefined ? { registry, repository, digest } : { registry, repository, tag, digest };
}

/**
 * The full name, which leaves nothing to a reader's defaults. A registry of one bare word has its port, without which
 * the word would be the beginning of one of docker.io's repositories.
 */
export function formatImageName(image: ImageName): string {
  const registry = isDomain(image.registry) ? image.registry : `${image.registry}:443`;
  const tag = image.tag === undefined ? '' : `:${image.tag}`;
  const digest = image.digest === undefined ? '' : `@${image.digest}`;
  return `${registry}/${image.repository}${tag}${digest}`;
}

// Nothing is looked up here, so a bad tag is a bad name and not, as in a request, a manifest that is unknown.
function parseNameTag(tag: string, text: string): Tag {
  if (isTag(tag)) return tag;
  throw invalid(text, `${quoted(tag)} is no tag`);
}

function invalid(text: string, why: string): OciError {
  return new OciError('NAME_INVALID', `${quoted(text, 300)} is no image name: ${why}`);
}
