// A platform: what an image runs on, and which manifests of an index are meant by it.
import { OciError } from './errors.ts';
import { quoted } from './quotation.ts';

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md#image-index-property-descriptions */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
}

const specifier = /^[a-z0-9_.-]+$/;

/**
 * Reads `os/architecture[/variant]`.
 * @throws {OciError} NAME_INVALID
 */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().toLowerCase().split('/');
  const [os, architecture, variant] = parts;
  if (
    os === undefined ||
    architecture === undefined ||
    parts.length > 3 ||
    !parts.every((p) => specifier.test(p))
  ) {
    throw new OciError(
      'NAME_INVALID',
      `${quoted(text)} is no platform: write one like linux/amd64 or linux/arm/v7`,
    );
  }
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined ? '' : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

/**
 * The one spelling of a platform, as containerd normalises it.
 * @see https://github.com/containerd/platforms/blob/v1.0.0-rc.1/database.go
 */
export function normalizePlatform(platform: Platform): Platform {
  const { os: writtenOs, architecture: written, variant: writtenVariant = '', ...rest } = platform;
  const os = writtenOs.toLowerCase();
  const [architecture, variant] = normalizeArchitecture(written.toLowerCase(), writtenVariant.toLowerCase());
  const normal = { ...rest, os: os === 'macos' ? 'darwin' : os, architecture };
  return variant === '' ? normal : { ...normal, variant };
}

/**
 * Whether `have` is exactly the platform `wanted`, however either is spelled.
 * What `wanted` leaves out of `os.version` and `os.features` does not matter.
 */
export function matchesPlatform(wanted: Platform, have: Platform): boolean {
  const want = normalizePlatform(wanted);
  const got = normalizePlatform(have);
  return (
    want.os === got.os &&
    want.architecture === got.architecture &&
    want.variant === got.variant &&
    (want['os.version'] === undefined || want['os.version'] === got['os.version']) &&
    (want['os.features'] ?? []).every((feature) => got['os.features']?.includes(feature))
  );
}

/**
 * Those descriptors of an index that runtimes on the `wanted` platforms may pull, in the index's order.
 * For each one it is the best that there is, as containerd chooses: an arm/v7 node runs arm/v6 when there is
 * no v7. A descriptor without a platform may be meant for any. No wanted platform at all means every one.
 */
export function selectPlatforms<D extends { readonly platform?: Platform }>(
  descriptors: readonly D[],
  wanted: readonly Platform[],
): readonly D[] {
  if (wanted.length === 0) return descriptors;
  const chosen = new Set<D>();
  for (const platform of wanted) {
    for (const candidate of compatible(platform)) {
      const matching = descriptors.filter(
        (d) => d.platform !== undefined && matchesPlatform(candidate, d.platform),
      );
      for (const descriptor of matching) chosen.add(descriptor);
      if (matching.length > 0) break;
    }
  }
  return descriptors.filter((d) => d.platform === undefined || chosen.has(d));
}

function normalizeArchitecture(architecture: string, variant: string): readonly [string, string] {
  switch (architecture) {
    case 'i386':
      return ['386', ''];
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant];
    case 'aarch64':
    case 'arm64':
      if (['8', 'v8', 'v8.0'].includes(variant)) return ['arm64', ''];
      return ['arm64', ['9', '9.0', 'v9.0'].includes(variant) ? 'v9' : variant];
    case 'armhf':
      return ['arm', 'v7'];
    case 'armel':
      return ['arm', 'v6'];
    case 'arm':
      if (variant === '') return ['arm', 'v7'];
      return ['arm', /^[5-8]$/.test(variant) ? `v${variant}` : variant];
    default:
      return [architecture, variant];
  }
}

/** A platform, then the lesser ones that its machines run too, best first. */
function compatible(wanted: Platform): readonly Platform[] {
  const platform = normalizePlatform(wanted);
  const { variant, ...bare } = platform;
  const level = Number(/^v([0-9]{1,2})$/.exec(variant ?? '')?.[1] ?? 0);
  const lesser = (architecture: string, from: number, to: number): readonly Platform[] =>
    Array.from({ length: Math.max(from - to + 1, 0) }, (_, i) => ({
      ...bare,
      architecture,
      variant: `v${from - i}`,
    }));
  switch (platform.architecture) {
    case 'amd64':
      return [platform, ...lesser('amd64', level - 1, 1), { ...bare, architecture: '386' }];
    case 'arm64':
      return [platform, ...lesser('arm64', level - 1, 8), ...lesser('arm', 8, 5)];
    case 'arm':
      return [platform, ...lesser('arm', level - 1, 5)];
    default:
      return [platform];
  }
}
