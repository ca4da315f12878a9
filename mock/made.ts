// What was made for a mock to serve, with everything that a test wants to compare.
import type { Descriptor } from '../src/oci/descriptor.ts';
import type { Digest } from '../src/oci/digest.ts';
import type { Content } from './content.ts';

export interface MadeBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** as it stands in the manifest */
  readonly descriptor: Descriptor;
  readonly content: Content;
  /** of a layer: its digest before compression, as it stands in the config */
  readonly diffId?: Digest;
  /** All of it in memory; a copy each time. */
  bytes(): Buffer;
}

/** An index, an image manifest, an artifact, or any bytes that pass for one. */
export interface MadeManifest {
  readonly repository: string;
  readonly tag?: string;
  /** `repository:tag`, or `repository@digest` without a tag */
  readonly name: string;
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly descriptor: Descriptor;
  /** of an image manifest */
  readonly config?: MadeBlob;
  /** of an image manifest; empty in an index */
  readonly layers: readonly MadeBlob[];
  /** the children of an index */
  readonly manifests: readonly MadeManifest[];
  /** every blob that it leads to, itself or through its children, each once */
  readonly blobs: readonly MadeBlob[];
}

/** A manifest and every manifest below it, the top first. */
export function allManifests(made: MadeManifest): readonly MadeManifest[] {
  return [made, ...made.manifests.flatMap(allManifests)];
}

/** The child of an index for one platform, `linux/arm64` or `linux/arm/v7`. */
export function childFor(index: MadeManifest, platform: string): MadeManifest {
  const child = index.manifests.find(({ descriptor: { platform: has } }) => {
    if (has === undefined) return false;
    return (
      [has.os, has.architecture, has.variant].filter((part) => part !== undefined).join('/') === platform
    );
  });
  if (child === undefined) throw new Error(`${index.name} has nothing for ${platform}`);
  return child;
}
