// All that hangs below one tag, as the registry itself has it: the truth that pulls are compared with.
import { sha256 } from './digest.ts';

export interface ImageTree {
  readonly repository: string;
  readonly tag: string;
  /** of what the tag leads to */
  readonly digest: string;
  /** each platform's image manifest, config and layers; without an index there is one, named `''` */
  readonly platforms: Readonly<Record<string, readonly string[]>>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

interface ManifestBody {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

const accept = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Asks the registry itself; what its bytes do not hash to is an error. */
export async function readImageTree(
  registryUrl: string,
  repository: string,
  tag: string,
): Promise<ImageTree> {
  const read = async (reference: string): Promise<{ digest: string; body: ManifestBody }> => {
    const response = await fetch(`${registryUrl}/v2/${repository}/manifests/${reference}`, {
      headers: { accept },
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const digest = sha256(bytes);
    if (!response.ok || (reference.includes(':') && reference !== digest)) {
      throw new Error(`${repository} ${reference}: ${response.status} ${bytes.toString()}`);
    }
    return { digest, body: JSON.parse(bytes.toString()) as ManifestBody };
  };
  const { digest, body } = await read(tag);
  if (body.manifests === undefined)
    return { repository, tag, digest, platforms: { '': withBlobs(digest, body) } };
  const platforms: Record<string, readonly string[]> = {};
  for (const { digest: child, platform } of body.manifests) {
    const name = platform === undefined ? child : `${platform.os}/${platform.architecture}`;
    platforms[name] = withBlobs(child, (await read(child)).body);
  }
  return { repository, tag, digest, platforms };
}

/** Every digest of the tree, each once, sorted. */
export function everyDigest({ digest, platforms }: ImageTree): readonly string[] {
  return sorted([digest, ...Object.values(platforms).flat()]);
}

/** Those of one platform, without the index; of an image that has no index, all. */
export function digestsFor({ platforms }: ImageTree, platform: string): readonly string[] {
  return sorted(platforms[platform] ?? platforms[''] ?? []);
}

export function sorted(digests: Iterable<string>): readonly string[] {
  return [...new Set(digests)].sort();
}

function withBlobs(manifest: string, { config, layers = [] }: ManifestBody): readonly string[] {
  return [manifest, ...[config, ...layers].flatMap((descriptor) => descriptor?.digest ?? [])];
}
