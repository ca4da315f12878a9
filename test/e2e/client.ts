// A real client, as the journeys see it: it pulls an image into storage that has nothing, and says what it holds then.
import type { Content } from './content.ts';
import type { ImageTree } from './image-tree.ts';
import type { Place } from './place.ts';

/** Where a client finds the image. */
export interface Mirror {
  /** `host:port` of the upstream, which the image's name carries */
  readonly registry: string;
  /** `host:port` of the server under test */
  readonly server: string;
}

export interface Client {
  readonly name: string;
  /** Those of the content that it can pull. */
  images(content: Content): readonly ImageTree[];
  /** All digests that a pull leaves with it. */
  expected(image: ImageTree): readonly string[];
  /** Pulls into fresh storage; every byte that it kept is hashed here. */
  pull(place: Place, mirror: Mirror, image: ImageTree, content: Content): Promise<readonly string[]>;
}

/** The name that leads through the server by its path; the grammar of image names has no colon there. */
export function pathName({ registry, server }: Mirror, { repository, tag }: ImageTree): string {
  return `${server}/${registry.replace(':', '__')}/${repository}:${tag}`;
}

/** The name as it is at the registry itself. */
export function ownName({ registry }: Mirror, { repository, tag }: ImageTree): string {
  return `${registry}/${repository}:${tag}`;
}
