// Whatever is no image: charts, signatures, SBOMs, modules, single blobs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MadeManifest } from '../mock/index.ts';
import { digestOf } from '../src/oci/digest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';
import { referrersOf, tagsOf } from './listing.ts';

describe('artifacts of any kind, pulled through; again without the upstream, and after a restart', () => {
  let door: FrontDoor;
  const paths = new Map<string, Buffer>();
  const image = digestOf('an image that was signed');

  function expectManifest(made: MadeManifest, reference: string = made.digest): void {
    paths.set(`/v2/${made.repository}/manifests/${reference}`, made.bytes);
    for (const blob of made.blobs) paths.set(`/v2/${made.repository}/blobs/${blob.digest}`, blob.bytes());
  }

  beforeAll(async () => {
    door = await openFrontDoor();
    const { mock } = door;
    const config = (mediaType: string) => ({
      extra: { config: mock.addBlob('made', { bytes: '{"v":2}', mediaType }).descriptor },
    });

    const chartConfig = mock.addBlob('charts/web', {
      bytes: '{"name":"web"}',
      mediaType: 'application/vnd.cncf.helm.config.v1+json',
    });
    const chart = mock.addArtifact('charts/web', {
      tag: '1.2.3_build',
      layers: [
        { size: 3000, mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' },
        { size: 300, mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov' },
      ],
      extra: { artifactType: undefined, config: chartConfig.descriptor },
    });
    expectManifest(chart, '1.2.3_build');
    paths.set(`/v2/charts/web/blobs/${chartConfig.digest}`, chartConfig.bytes());

    const signature = mock.addArtifact('app', {
      tag: `${image.replace(':', '-')}.sig`,
      layers: [{ size: 240, mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json' }],
      extra: { artifactType: undefined },
    });
    expectManifest(signature, signature.tag);

    expectManifest(
      mock.addArtifact('app', {
        artifactType: 'application/spdx+json',
        layers: [{ size: 5000, mediaType: 'application/spdx+json' }],
        subject: { mediaType: mediaTypes.ociManifest, digest: image, size: 7 },
      }),
    );
    // "The empty descriptor": nothing but annotations.
    expectManifest(
      mock.addArtifact('notes', { tag: 'today', annotations: { note: 'nothing else' } }),
      'today',
    );
    expectManifest(
      mock.addArtifact('filters/wasm', {
        tag: 'v1',
        layers: [{ size: 9000, mediaType: 'application/wasm' }],
        ...config('application/vnd.wasm.config.v0+json'),
      }),
      'v1',
    );
    const blobs = mock.addBlob('old', { size: 700 });
    const old = mock.addManifest(
      'old',
      'v1',
      JSON.stringify({ mediaType: mediaTypes.ociArtifact, artifactType: 'a/b', blobs: [blobs.descriptor] }),
      mediaTypes.ociArtifact,
    );
    expectManifest(old, 'v1');
    paths.set(`/v2/old/blobs/${blobs.digest}`, blobs.bytes());

    // As `oras blob fetch` asks: no manifest names it, and none is in the repository.
    const single = mock.addBlob('single', { size: 70_000 });
    paths.set(`/v2/single/blobs/${single.digest}`, single.bytes());
    const empty = mock.addBlob('single', { bytes: '' });
    paths.set(`/v2/single/blobs/${empty.digest}`, Buffer.alloc(0));
  });
  afterAll(() => door[Symbol.asyncDispose]());

  async function expectAll(): Promise<void> {
    for (const [path, bytes] of paths) {
      const answer = await door.get(path);
      expect([path, answer.status, answer.body.equals(bytes)]).toEqual([path, 200, true]);
      expect(answer.headers['content-length']).toBe(String(bytes.length));
      const head = await door.head(path);
      expect([path, head.status, head.headers['docker-content-digest']]).toEqual([
        path,
        200,
        answer.headers['docker-content-digest'],
      ]);
    }
  }

  test('through, dark, dark after a restart, air-gapped', async () => {
    await expectAll();
    await door.mock.stop();
    await expectAll();
    await door.restart();
    await expectAll();
    await door.restart({ airGapped: true });
    await expectAll();
    expect(tagsOf(await door.get('/v2/app/tags/list'))).toEqual([`${image.replace(':', '-')}.sig`]);
    expect(referrersOf(await door.get(`/v2/app/referrers/${image}`))).toMatchObject([
      { artifactType: 'application/spdx+json' },
    ]);
  });
});
