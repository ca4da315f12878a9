// Whether an image can be served now, with its registry gone, and if not what is in the way.
import type { Config } from '../config/config.ts';
import type { ImageName } from '../oci/image-name.ts';
import type { Platform } from '../oci/platform.ts';
import { whyDenied } from '../upstream/registry-policy.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { repositoryId } from '../memcache/repository-id.ts';
import { isServableDark } from './completeness.ts';
import type { Serving } from './completeness.ts';
import type { ContentCache } from './content-cache.ts';
import { imageParts } from './image-parts.ts';
import type { Flaw, ImagePart } from './image-parts.ts';

export interface ServableOptions {
  readonly config: Pick<Config, 'linkCheck' | 'allowRegistries' | 'denyRegistries'>;
  readonly cache: ContentCache;
  /** The one spelling of a host. */
  readonly identify: (host: RegistryHost) => RegistryHost;
}

/**
 * What keeps an image from being pulled whole on these platforms; no platform means whatever is cached of it.
 * What another process has stored is learnt before it is called missing, as a pull would learn it.
 */
export async function obstacle(
  image: ImageName,
  platforms: readonly Platform[],
  options: ServableOptions,
): Promise<string | undefined> {
  const { cache } = options;
  if (flawsOf(image, platforms, options).length === 0) return undefined;
  await cache.index.refreshed();
  for (const flaw of flawsOf(image, platforms, options)) {
    if (typeof flaw !== 'string' && flaw.cached === undefined) await cache.blobSize(flaw.digest);
  }
  const [flaw] = flawsOf(image, platforms, options);
  return flaw === undefined || typeof flaw === 'string' ? flaw : `it is not cached whole: ${said(flaw)}`;
}

/** Of the whole image, or of its parts. */
function flawsOf(
  { registry: written, repository, tag, digest }: ImageName,
  platforms: readonly Platform[],
  { config, cache, identify }: ServableOptions,
): readonly (string | ImagePart)[] {
  const registry = identify(written);
  const closed = whyDenied(config, registry);
  if (closed !== undefined) return [closed];
  const { memcache } = cache;
  const id = repositoryId(registry, repository);
  const serving: Serving = { memcache, repository: id, linkCheck: config.linkCheck };
  const entry = digest === undefined ? tag && cache.byTag(id, tag) : memcache.manifests.get(digest);
  if (entry === undefined || !isServableDark(serving, entry.digest)) return ['it is not cached'];
  return imageParts(entry, serving, platforms).filter(
    ({ flaw }) => flaw !== undefined && flaw !== 'unchecked',
  );
}

function said({ part, digest, platform, flaw }: ImagePart): string {
  const of = platform === undefined ? '' : ` for ${platform}`;
  if (flaw === 'no-platform') return `there is nothing${of}`;
  if (flaw === 'no-platform-cached') return 'no platform of it is there';
  return `its ${part} ${digest}${of} ${states[flaw ?? 'missing'] ?? 'is missing'}`;
}

const states: Readonly<Partial<Record<Flaw, string>>> = {
  'not-linked': 'is of another repository, and private',
  'wrong-size': 'has another size than it should',
};
