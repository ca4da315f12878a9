// What an upstream must hold for the suite's read-only mode, and the environment in which the suite is told of it.
import type { MadeManifest, MockRegistry } from '../../mock/index.ts';

export const repository = 'conformance/app';

const tags = ['test0', 'test1', 'test2', 'test3'] as const;
/** The suite filters by this type and expects two. */
const filtered = 'application/vnd.nhl.peanut.butter.bagel';
const other = 'application/vnd.nba.strawberry.jam.croissant';
/** The suite knows values of this annotation only where it pushed the referrer itself, and expects no other. */
const annotations = { 'org.opencontainers.conformance.test': '' };

export interface PushedContent {
  readonly environment: Readonly<Record<string, string>>;
  /** All that there is to be pulled, for who wants to have it before the upstream goes. */
  readonly paths: readonly string[];
}

export function pushContent(mock: MockRegistry): PushedContent {
  const images = tags.map((tag) => mock.addImage(repository, tag));
  const [image] = images as [MadeManifest, ...MadeManifest[]];
  const referrers = [filtered, filtered, other, other, other].map((artifactType, number) =>
    mock.addArtifact(repository, {
      subject: image.descriptor,
      artifactType,
      annotations,
      layers: [{ bytes: `referrer ${number}` }],
    }),
  );
  const all = [...images, ...referrers];
  return {
    environment: {
      OCI_TAG_NAME: tags[0],
      OCI_MANIFEST_DIGEST: image.digest,
      OCI_BLOB_DIGEST: image.config?.digest ?? '',
      OCI_TAG_LIST: tags.join(','),
    },
    paths: all.flatMap(({ tag, digest, blobs }) => [
      ...(tag === undefined ? [] : [`manifests/${tag}`]),
      `manifests/${digest}`,
      ...blobs.map((blob) => `blobs/${blob.digest}`),
    ]),
  };
}
