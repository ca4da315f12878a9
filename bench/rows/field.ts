// Contestants that all hold the same image, warm: it was pulled from each of them once.
import { join } from 'node:path';
import { Connection } from '../connection.ts';
import { Content, blobPath, manifestPath, tagPath } from '../content.ts';
import type { Image } from '../content.ts';
import { ports } from '../contestants/contestant.ts';
import type { Contestant } from '../contestants/contestant.ts';
import {
  startDistribution,
  startDockerRegistry,
  startDockerRegistryProxy,
} from '../contestants/docker-registry.ts';
import { startNginx, startUpstream } from '../contestants/nginx.ts';
import { startOurs } from '../contestants/our-server.ts';
import type { OurOptions } from '../contestants/our-server.ts';
import { ours } from '../goal.ts';
import type { Figures } from '../figures.ts';
import type { Bench, Measure } from '../row.ts';

/** Which blob of the field's image is which. */
export const smallBlob = 1;
export const largeBlob = 2;

export const names = {
  dockerRegistry: 'docker-registry',
  dockerRegistryProxy: 'docker-registry proxy',
  distribution: 'distribution 3',
  goProgram: 'ociregistry (Go)',
  nginx: 'nginx',
  nginxCache: 'nginx cache',
  withoutSendfile: 'ociregistry, sendfile off',
  revalidating: 'ociregistry, asking upstream',
  direct: 'direct',
} as const;

interface FieldOptions {
  readonly proxy?: boolean;
  /** More of ours, each with flags or settings of its own. */
  readonly more?: Readonly<Record<string, OurOptions>>;
}

interface Field {
  readonly image: Image;
  readonly contestants: Readonly<Record<string, Contestant>>;
}

/** Our server among others, or alone where it is profiled. */
async function openField(bench: Bench, { proxy = false, more = {} }: FieldOptions): Promise<Field> {
  const content = new Content(join(bench.directory, 'www'));
  const image = await content.image('app', 'v1', [1024, bench.scale.largeBlob]);
  await startUpstream(bench, content.root);
  const contestants: Record<string, Contestant> = { [ours]: await startOurs(bench) };
  if (bench.profile === undefined) {
    for (const [name, options] of Object.entries(more)) contestants[name] = await startOurs(bench, options);
    contestants[names.dockerRegistry] = await startDockerRegistry(bench, content, [image]);
    if (proxy) contestants[names.dockerRegistryProxy] = await startDockerRegistryProxy(bench, ports.upstream);
    if (bench.peers.includes('distribution'))
      contestants[names.distribution] = await startDistribution(bench, content, [image]);
    contestants[names.nginx] = await startNginx(bench, content.root);
  }
  for (const contestant of Object.values(contestants)) await pullAll(contestant, image);
  return { image, contestants };
}

/** Everything of an image once. */
export async function pullAll({ port, query }: Contestant, image: Image): Promise<void> {
  using connection = await Connection.open(port);
  await connection.get(tagPath(image) + query);
  await connection.get(manifestPath(image) + query);
  for (const number of image.blobs.keys()) await connection.get(blobPath(image, number) + query);
}

/** Measures the same of everyone in a field. */
export async function measureField(
  bench: Bench,
  options: FieldOptions,
  work: (contestant: Contestant, image: Image) => Promise<Figures>,
): Promise<Readonly<Record<string, Measure>>> {
  const { image, contestants } = await openField(bench, options);
  return Object.fromEntries(
    Object.entries(contestants).map(([name, contestant]) => [
      name,
      () => contestant.program.during(() => work(contestant, image)),
    ]),
  );
}

/** A way to measure with load from wrk. */
export const urlOf = ({ port, query }: Contestant, path: string, scheme = 'http'): string =>
  `${scheme}://127.0.0.1:${port}${path}${query}`;
