// CNCF distribution: Debian's docker-registry and version 3, as a registry of its own and as a pull-through proxy.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { blobPath, manifestPath } from '../content.ts';
import type { Content, Image } from '../content.ts';
import { mediaTypes } from '../../src/oci/media-type.ts';
import { Program } from '../program.ts';
import type { Bench } from '../row.ts';
import { ports } from './contestant.ts';
import type { Contestant } from './contestant.ts';

/** One that has the images, because they were pushed to it. */
export async function startDockerRegistry(
  bench: Bench,
  content: Content,
  images: readonly Image[],
): Promise<Contestant> {
  const contestant = await start(bench, { port: ports.dockerRegistry, program: 'docker-registry' });
  for (const image of images) await push(contestant, content, image);
  return contestant;
}

/** Version 3, built from its source. */
export async function startDistribution(
  bench: Bench,
  content: Content,
  images: readonly Image[],
): Promise<Contestant> {
  const contestant = await start(bench, { port: ports.distribution, program: 'registry' });
  for (const image of images) await push(contestant, content, image);
  return contestant;
}

export function startDockerRegistryProxy(bench: Bench, upstream: number): Promise<Contestant> {
  return start(bench, { port: ports.dockerRegistryProxy, program: 'docker-registry', upstream });
}

interface Options {
  readonly port: number;
  readonly program: string;
  readonly upstream?: number;
}

async function start(bench: Bench, { port, program: name, upstream }: Options): Promise<Contestant> {
  const home = join(bench.directory, `registry-${port}`);
  await mkdir(home, { recursive: true });
  const config = join(home, 'config.yaml');
  await writeFile(
    config,
    stringify({
      version: 0.1,
      log: { level: 'error', accesslog: { disabled: true } },
      // As Debian's package is configured.
      storage: {
        cache: { blobdescriptor: 'inmemory' },
        filesystem: { rootdirectory: join(home, 'data') },
        delete: { enabled: true },
      },
      http: { addr: `127.0.0.1:${port}` },
      ...(upstream !== undefined && { proxy: { remoteurl: `http://127.0.0.1:${upstream}` } }),
    }),
  );
  const env = { ...process.env, OTEL_TRACES_EXPORTER: 'none' };
  const program = new Program(0, [name, 'serve', config], env);
  bench.stack.use(program);
  await program.listening(port);
  return { program, port, query: '' };
}

async function push({ port }: Contestant, { root }: Content, image: Image): Promise<void> {
  const origin = `http://127.0.0.1:${port}`;
  for (const [number, digest] of image.blobs.entries()) {
    const begun = await fetch(`${origin}/v2/${image.repository}/blobs/uploads/`, { method: 'POST' });
    const to = new URL(begun.headers.get('location') ?? '', origin);
    to.searchParams.set('digest', digest);
    await put(to, await readFile(join(root, blobPath(image, number))), 'application/octet-stream');
  }
  const manifest = await readFile(join(root, manifestPath(image)));
  await put(
    new URL(`${origin}/v2/${image.repository}/manifests/${image.tag}`),
    manifest,
    mediaTypes.ociManifest,
  );
}

async function put(url: URL, body: Buffer<ArrayBuffer>, type: string): Promise<void> {
  const { status } = await fetch(url, { method: 'PUT', body, headers: { 'content-type': type } });
  if (status !== 201) throw new Error(`${url.href} answered ${status}`);
}
