// Media types: those of manifests, told apart, and the few others that are treated by name.

/** @see https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  /** withdrawn from the image specification before 1.1, but still found in registries */
  ociArtifact: 'application/vnd.oci.artifact.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  ociLayer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerSchema1: 'application/vnd.docker.distribution.manifest.v1+json',
  dockerSchema1Signed: 'application/vnd.docker.distribution.manifest.v1+prettyjws',
  dockerConfig: 'application/vnd.docker.container.image.v1+json',
  dockerLayer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  dockerLayerTar: 'application/vnd.docker.image.rootfs.diff.tar',
  dockerLayerZstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  octetStream: 'application/octet-stream',
} as const;

const wellKnown: ReadonlyMap<string, string> = new Map(Object.values(mediaTypes).map((type) => [type, type]));

/** The same text, in memory once: each descriptor that was parsed has a copy of its own. */
export function sharedMediaType(mediaType: string): string {
  return wellKnown.get(mediaType) ?? mediaType;
}

/** The Accept that is always sent upstream, so that what is cached never depends on who asked first. */
export const manifestAccept = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerList,
  mediaTypes.dockerManifest,
].join(', ');

const indexTypes: ReadonlySet<string> = new Set([mediaTypes.ociIndex, mediaTypes.dockerList]);
const imageManifestTypes: ReadonlySet<string> = new Set([
  mediaTypes.ociManifest,
  mediaTypes.dockerManifest,
  mediaTypes.ociArtifact,
]);
const schema1Types: ReadonlySet<string> = new Set([mediaTypes.dockerSchema1, mediaTypes.dockerSchema1Signed]);

/** A Content-Type without its parameters, in lower case, as media types compare. */
export function baseMediaType(contentType: string): string {
  const semicolon = contentType.indexOf(';');
  return (semicolon < 0 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase();
}

/** Whether it names other manifests (on disk `fat`). */
export function isIndexType(mediaType: string): boolean {
  return indexTypes.has(baseMediaType(mediaType));
}

/** Whether it names blobs (on disk `img`). */
export function isImageManifestType(mediaType: string): boolean {
  return imageManifestTypes.has(baseMediaType(mediaType));
}

/** Docker's image manifest of before 2016, which is kept as it is and never looked into. */
export function isSchema1Type(mediaType: string): boolean {
  return schema1Types.has(baseMediaType(mediaType));
}

export function isManifestType(mediaType: string): boolean {
  return isIndexType(mediaType) || isImageManifestType(mediaType) || isSchema1Type(mediaType);
}

/**
 * Whether it is a layer that registries may not hold, and that may be missing without harm.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#non-distributable-layers
 */
export function isNonDistributableType(mediaType: string): boolean {
  const base = baseMediaType(mediaType);
  return (
    base.startsWith('application/vnd.oci.image.layer.nondistributable.') ||
    base.startsWith('application/vnd.docker.image.rootfs.foreign.')
  );
}
