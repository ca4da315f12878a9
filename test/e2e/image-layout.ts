// An OCI layout of one image or artifact, made by hand: of any bytes, and the same each time.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from './digest.ts';
import type { Place } from './place.ts';

export interface Piece {
  readonly mediaType: string;
  readonly bytes: string | Uint8Array;
}

export interface LayoutOptions {
  readonly config: Piece;
  readonly layers: readonly Piece[];
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface MadeLayout {
  /** The directory and the one name in it, as skopeo takes it after `oci:`. */
  readonly image: string;
  /** Of the manifest. */
  readonly digest: string;
}

const mediaType = 'application/vnd.oci.image.manifest.v1+json';
const name = 'made';

export async function makeLayout(
  place: Place,
  { config, layers, annotations }: LayoutOptions,
): Promise<MadeLayout> {
  const layout = join(await place.directory('layouts'), 'layout');
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  const put = async ({ mediaType, bytes }: Piece) => {
    const digest = sha256(bytes);
    await writeFile(join(layout, 'blobs', digest.replace(':', '/')), bytes);
    return { mediaType, digest, size: Buffer.byteLength(bytes) };
  };
  const body = {
    schemaVersion: 2,
    mediaType,
    config: await put(config),
    layers: await Promise.all(layers.map(put)),
    ...(annotations && { annotations }),
  };
  const manifest = await put({ mediaType, bytes: JSON.stringify(body) });
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': name } };
  await writeFile(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [named] }));
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return { image: `${layout}:${name}`, digest: manifest.digest };
}
