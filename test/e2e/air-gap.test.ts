// The whole journey across the air gap, by the commands of docs/airgap.md, with a real registry and real clients.
import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Containerd } from './containerd.ts';
import { curl } from './curl.ts';
import { sha256 } from './digest.ts';
import { DockerRegistry } from './docker-registry.ts';
import { makeLayout } from './image-layout.ts';
import { OurServer, serverCommand } from './our-server.ts';
import { openPlace } from './place.ts';
import type { Place } from './place.ts';
import { rawManifest } from './skopeo.ts';

type Side = 'connected' | 'dark';

interface Step {
  readonly section: string;
  readonly side: Side;
  readonly script: string;
}

const names = Array.from({ length: 10 }, (_, index) => `team/app-${index}`);
/** Not among what was thought of. */
const forgotten = 'team/forgotten';
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip';
const configType = 'application/vnd.oci.image.config.v1+json';
const BASE_BYTES = 4 * 1024 * 1024;
const TOP_BYTES = 20_000;

test('both sides of docs/airgap.md', { timeout: 300_000 }, async (context) => {
  const place = await openPlace(context);
  const registry = await DockerRegistry.start(place, await place.directory('storage'));
  // skopeo would compress what is not, and change its digest.
  const base = gzipSync(randomBytes(BASE_BYTES));
  const digests = new Map<string, string>();
  const push = async (name: string, top: string): Promise<void> => {
    const layers = [base, gzipSync(Buffer.concat([Buffer.from(top), randomBytes(TOP_BYTES)]))].map(
      (bytes) => ({ mediaType: layerType, bytes }),
    );
    const config = { mediaType: configType, bytes: '{"architecture":"amd64","os":"linux"}' };
    const { image, digest } = await makeLayout(place, { config, layers });
    const to = `docker://${registry.host}/${name}:v1`;
    await place.run('skopeo', ['copy', '--quiet', '--dest-tls-verify=false', `oci:${image}`, to]);
    digests.set(name, digest);
  };
  for (const name of [...names, forgotten]) await push(name, `${name} at first `);

  const stick = await place.directory('stick');
  const connected = await openSide(place, registry, []);
  const dark = await openSide(place, registry, ['--air-gapped']);
  await writeFile(join(connected.directory, 'manifests.yaml'), deployments(registry, names.slice(3)));
  const follow = async (section: string): Promise<void> => {
    for (const { side, script } of steps.filter((step) => step.section.startsWith(section))) {
      const { directory, env } = side === 'dark' ? dark : connected;
      const text = script
        .replaceAll('bin/server', serverCommand().join(' '))
        .replaceAll('registry.example.com', registry.host)
        .replaceAll('/media/stick', stick);
      await place.run('bash', ['-euo', 'pipefail', '-c', text], { cwd: directory, env });
    }
  };
  const everything = async (): Promise<void> => {
    for (const name of names) {
      const full = `${dark.server.host}/${registry.host.replace(':', '__')}/${name}:v1`;
      expect(sha256(await rawManifest(place, full)), name).toBe(digests.get(name));
      const copy = join(await place.directory('copy'), 'image');
      await place.run('skopeo', [
        'copy',
        '--quiet',
        '--src-tls-verify=false',
        `docker://${full}`,
        `oci:${copy}`,
      ]);
    }
    const node = await Containerd.start(place, dark.server.host);
    for (const name of names) await node.fetch(`${registry.host}/${name}:v1`);
    for (const name of names) expect(await node.digests()).toContain(digests.get(name));
    await node.stop();
  };

  for (const section of ['1.', '2.', '3.', '4.']) await follow(section);
  await everything();
  const missed = await curl(place, `${dark.server.url}/v2/${forgotten}/manifests/v1?ns=${registry.host}`);
  expect(missed.status).toBe(404);
  await follow('5.');
  expect(await readFile(join(stick, 'missed.txt'), 'utf8')).toBe(`${registry.host}/${forgotten}:v1\n`);

  for (const name of names) await push(name, `${name} changed `);
  await follow('6.');
  const [first, second] = await Promise.all(
    ['first.tar', 'second.tar'].map(async (name) => (await stat(join(stick, name))).size),
  );
  // Eleven top layers with their configs and manifests, and no base.
  expect(first).toBeGreaterThan(BASE_BYTES);
  expect(second).toBeLessThan(BASE_BYTES / 4);
  const { stdout: entries } = await place.run('tar', ['tf', join(stick, 'second.tar')]);
  expect(entries).not.toContain(sha256(base).replace(':', '/'));
  for (const digest of digests.values()) expect(entries).toContain(digest.replace(':', '/'));
  const bundled = `oci-archive:${join(stick, 'second.tar')}:${registry.host}/${names[0] ?? ''}:v1`;
  const { stdout: manifest } = await place.run('skopeo', ['inspect', '--raw', bundled]);
  expect(sha256(manifest)).toBe(digests.get(names[0] ?? ''));

  await registry.kill();
  await follow('7.');
  await everything();
  const had = await curl(place, `${dark.server.url}/v2/${forgotten}/manifests/v1?ns=${registry.host}`);
  expect(had.status).toBe(200);
});

const page = await readFile(resolve(import.meta.dirname, '../../docs/airgap.md'), 'utf8');
const steps: readonly Step[] = page.split('\n## ').flatMap((text) => {
  const [section = ''] = text.split('\n', 1);
  return [...text.matchAll(/^```sh (connected|dark)\n(.*?)^```$/gms)].map(([, side, script = '']) => ({
    section,
    side: side as Side,
    script,
  }));
});

/** A directory with a server on it, and what its commands need to know. */
async function openSide(place: Place, registry: DockerRegistry, args: readonly string[]) {
  const directory = await place.directory('side');
  const imagePath = join(directory, 'images');
  const config = join(directory, 'ociregistry.yaml');
  await writeFile(config, JSON.stringify([{ name: registry.host, scheme: 'http' }]));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: directory,
    OCIREGISTRY_IMAGE_PATH: imagePath,
    OCIREGISTRY_CONFIG_PATH: config,
  };
  const server = await OurServer.start(place, { registries: [registry.host], imagePath, args });
  return { directory, env, server };
}

function deployments({ host }: DockerRegistry, images: readonly string[]): string {
  return images
    .map((name) =>
      JSON.stringify({
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: name.replace('/', '-') },
        spec: { template: { spec: { containers: [{ name: 'app', image: `${host}/${name}:v1` }] } } },
      }),
    )
    .join('\n---\n');
}
