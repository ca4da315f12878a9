// Which manifests of an index a load wants: those of the wanted platforms, with what BuildKit attests of them.
import { attestedDigest } from '../oci/attestation.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isManifestType } from '../oci/media-type.ts';
import type { Manifest } from '../oci/manifest.ts';
import { formatPlatform, normalizePlatform, selectPlatforms } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';

/** Deeper than anybody nests them; a loop would go on for ever. */
export const MAX_INDEX_DEPTH = 4;

export interface WantedChildren {
  readonly images: readonly Descriptor[];
  readonly attestations: readonly Descriptor[];
  /** The wanted platforms that the index has nothing for. */
  readonly unmet: readonly Platform[];
}

/**
 * @param platforms none: every one
 * @throws {Error} when it is for none of them
 */
export function wantedChildren(index: Manifest, platforms: readonly Platform[]): WantedChildren {
  const manifests = index.descriptors.filter(({ mediaType }) => isManifestType(mediaType));
  const all = manifests.filter((descriptor) => attestedDigest(descriptor) === undefined);
  const images = selectPlatforms(all, platforms);
  if (all.length > 0 && images.length === 0)
    throw new Error(
      `it is not for ${platformNames(platforms)}; it is for ${platformNames(platformsOf(all))}`,
    );
  const digests = new Set<string | undefined>(images.map(({ digest }) => digest));
  return {
    images,
    attestations: manifests.filter((descriptor) => {
      const attested = attestedDigest(descriptor);
      return attested !== undefined && digests.has(attested);
    }),
    unmet: platforms.filter((platform) => all.length > 0 && selectPlatforms(all, [platform]).length === 0),
  };
}

export function platformsOf(descriptors: readonly Descriptor[]): readonly Platform[] {
  return descriptors.flatMap(({ platform }) => platform ?? []);
}

/** More than these say no more to a person. */
const MAX_NAMES = 20;

/** Each once, as in `linux/amd64, linux/arm64`. */
export function platformNames(platforms: readonly Platform[]): string {
  const names = [...new Set(platforms.map((platform) => formatPlatform(normalizePlatform(platform))))];
  if (names.length === 0) return 'no platform';
  const more = names.length > MAX_NAMES ? [`${names.length - MAX_NAMES} more`] : [];
  return [...names.slice(0, MAX_NAMES), ...more].join(', ');
}
