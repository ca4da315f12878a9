// Referrers: from the upstream's API or the referrers tag, kept for when it cannot be asked.
import { describe, expect, test } from 'vitest';
import type { MadeManifest, MockOptions, MockRegistry } from '../mock/index.ts';
import { jsonAnswer } from '../mock/reply.ts';
import { digestOf } from '../src/oci/digest.ts';
import { mediaTypes } from '../src/oci/media-type.ts';
import { referrersTag } from '../src/oci/referrers-tag.ts';
import type { FrontDoor, FrontDoorOptions } from './front-door.ts';
import { digestsOf, onlyCached, openDoor, referrersOf, tagsOf } from './listing.ts';

describe('referrers', () => {
  interface Scene {
    readonly door: FrontDoor;
    readonly image: MadeManifest;
    readonly path: string;
    readonly signature: MadeManifest;
    readonly sbom: MadeManifest;
  }

  async function scene(options: FrontDoorOptions = {}, mockOptions: MockOptions = {}): Promise<Scene> {
    const door = await openDoor(options, mockOptions);
    const image = door.mock.addImage('app', 'v1', { layers: [] });
    const artifact = (artifactType: string): MadeManifest =>
      door.mock.addArtifact('app', {
        artifactType,
        subject: image.descriptor,
        annotations: { made: artifactType },
        fallbackTag: true,
      });
    return {
      door,
      image,
      path: `/v2/app/referrers/${image.digest}`,
      signature: artifact('application/x.signature'),
      sbom: artifact('application/x.sbom'),
    };
  }

  const withoutApi: readonly (readonly [name: string, spoil: (mock: MockRegistry) => unknown])[] = [
    ['the API', () => undefined],
    ['the API, a page each', (mock) => (mock.presentation.paging = { pageSize: 1 })],
    [
      'the API, a page each by absolute Links',
      (mock) => (mock.presentation.paging = { pageSize: 1, link: 'absolute' }),
    ],
    ['the tag, where the API is 404', (mock) => (mock.presentation.referrersApi = false)],
    ...[400, 405, 406, 501].map(
      (status) =>
        [
          `the tag, where the API is ${status}`,
          (mock: MockRegistry) => mock.on({ operation: 'referrersList' }).status(status),
        ] as const,
    ),
    ['the tag, where the API is a page for people', (mock) => mock.on({ operation: 'referrersList' }).html()],
    [
      'the tag, where the API is no index',
      (mock) => mock.on({ operation: 'referrersList' }).bytes('{}').contentType('application/json'),
    ],
    [
      'the tag, where the API is an image manifest',
      (mock) =>
        mock
          .on({ operation: 'referrersList' })
          .bytes('{"schemaVersion":2,"layers":[]}')
          .contentType(mediaTypes.ociManifest),
    ],
    [
      'the tag, where the API has another media type',
      (mock) => mock.on({ operation: 'referrersList' }).contentType('text/css'),
    ],
  ];

  test.each(withoutApi)(
    'from %s; kept for when the upstream is gone, restarted, air-gapped',
    async (_, spoil) => {
      const { door, path, signature, sbom } = await scene();
      await spoil(door.mock);
      const both = [signature.digest, sbom.digest].toSorted();
      const first = await door.get(path);
      expect([digestsOf(first), first.headers['warning']]).toEqual([both, undefined]);
      expect(referrersOf(first)).toContainEqual(
        expect.objectContaining({
          mediaType: mediaTypes.ociManifest,
          digest: sbom.digest,
          size: sbom.size,
          artifactType: 'application/x.sbom',
          annotations: { made: 'application/x.sbom' },
        }),
      );
      const filtered = await door.get(`${path}?artifactType=application/x.sbom`);
      expect([digestsOf(filtered), filtered.headers['oci-filters-applied']]).toEqual([
        [sbom.digest],
        'artifactType',
      ]);
      expect(digestsOf(await door.get(`${path}?artifactType=application/x.none`))).toEqual([]);
      // Lists of referrers are no tags that anybody made.
      await door.mock.stop();
      expect(tagsOf(await door.get('/v2/app/tags/list'))).toEqual([]);
      const stale = await door.get(path);
      expect([digestsOf(stale), stale.headers['warning']]).toEqual([both, onlyCached]);
      await door.restart();
      expect(digestsOf(await door.get(path))).toEqual(both);
      await door.restart({ airGapped: true });
      const gapped = await door.get(`${path}?artifactType=application/x.signature`);
      expect([digestsOf(gapped), gapped.headers['warning']]).toEqual([[signature.digest], undefined]);
    },
  );

  const hostile: readonly (readonly [name: string, spoil: (mock: MockRegistry) => unknown])[] = [
    [
      'a Link to another host',
      (mock) => (mock.presentation.paging = { pageSize: 1, link: { origin: 'http://evil.test' } }),
    ],
    ['a Link to itself', (mock) => mock.on({ operation: 'referrersList' }).header('Link', '<?>; rel="next"')],
    [
      'Links without end',
      (mock) => {
        let turn = 0;
        mock.on({ operation: 'referrersList' }).reply(() => {
          turn += 1;
          return jsonAnswer(
            200,
            { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
            { 'Content-Type': mediaTypes.ociIndex, Link: `<?turn=${turn}>; rel="next"` },
          );
        });
      },
    ],
    ['100 MB', (mock) => mock.on({ operation: 'referrersList' }).bytes('x'.repeat(100 << 20))],
    ['401', (mock) => mock.on({ operation: 'referrersList' }).status(401)],
    ['403', (mock) => mock.on({ operation: 'referrersList' }).status(403)],
    ['500', (mock) => mock.on({ operation: 'referrersList' }).status(500)],
    ['a reset', (mock) => mock.on({ operation: 'referrersList' }).reset()],
    ['pages for people, for everything', (mock) => mock.on().html()],
  ];

  test.each(hostile)('where the upstream answers %s, what is cached is listed', async (_, spoil) => {
    const { door, path, signature } = await scene();
    await door.get(`/v2/app/manifests/${signature.digest}`);
    await spoil(door.mock);
    const answer = await door.get(path);
    expect([digestsOf(answer), answer.headers['warning']]).toEqual([[signature.digest], onlyCached]);
  });

  test('never asked for before the upstream was gone: an empty list that says so', async () => {
    const { door, path } = await scene();
    await door.mock.stop();
    const answer = await door.get(path);
    expect([digestsOf(answer), answer.headers['warning']]).toEqual([[], onlyCached]);
  });

  test('a silent upstream is not waited for long where a list is kept', async () => {
    const { door, path } = await scene({ softWaitMs: 20 });
    const before = digestsOf(await door.get(path));
    const gate = door.mock.on({ operation: 'referrersList' }).hold();
    const answer = await door.get(path);
    expect([digestsOf(answer), answer.headers['warning']]).toEqual([before, onlyCached]);
    gate.release();
  });

  test('none, and of an unknown repository: an empty list, and nothing is written', async () => {
    const { door } = await scene();
    for (const path of [
      `/v2/app/referrers/${digestOf('none')}`,
      `/v2/nowhere/referrers/${digestOf('none')}`,
    ]) {
      for (const api of [true, false]) {
        door.mock.presentation.referrersApi = api;
        const answer = await door.get(path);
        expect([digestsOf(answer), answer.headers['warning']]).toEqual([[], undefined]);
      }
    }
    expect((await door.raw('/v2/_catalog')).body.toString()).toBe('{"repositories":[]}');
  });

  test('a tag that leads to no index lists nothing', async () => {
    const { door, image, path } = await scene({}, { referrersApi: false });
    door.mock.addImage('app', referrersTag(image.digest), { layers: [] });
    expect(digestsOf(await door.get(path))).toEqual([]);
  });

  test('what is cached is listed too, where the upstream has forgotten it', async () => {
    const { door, path, signature, sbom } = await scene();
    await door.get(`/v2/app/manifests/${sbom.digest}`);
    for (const { digest } of [signature, sbom]) door.mock.store.deleteManifest('app', digest);
    expect(digestsOf(await door.get(path))).toEqual([sbom.digest]);
  });

  test('a list that grows is kept as it grew', async () => {
    const { door, image, path } = await scene();
    const before = digestsOf(await door.get(path));
    const { digest } = door.mock.addArtifact('app', { subject: image.descriptor });
    const grown = [...before, digest].toSorted();
    expect(digestsOf(await door.get(path))).toEqual(grown);
    await door.restart({ airGapped: true });
    expect(digestsOf(await door.get(path))).toEqual(grown);
  });

  test('a tag that has not moved is not fetched again', async () => {
    const { door, path } = await scene({}, { referrersApi: false });
    const first = digestsOf(await door.get(path));
    expect(digestsOf(await door.get(path))).toEqual(first);
    expect(door.mock.count({ operation: 'manifestGet' })).toBe(1);
  });

  test('of another repository, even of the same image, they are nobody else’s', async () => {
    const { door, image, path, signature } = await scene();
    door.mock.addManifest('other', 'v1', image.bytes, image.mediaType);
    await door.get(`/v2/app/manifests/${signature.digest}`);
    await door.get(path);
    await door.mock.stop();
    expect(digestsOf(await door.get(`/v2/other/referrers/${image.digest}`))).toEqual([]);
  });

  test('a list that comes with a warning takes nothing from the one that is kept', async () => {
    const { door, path } = await scene();
    const before = digestsOf(await door.get(path));
    // As another server of ours answers that has lost its own upstream.
    door.mock
      .on({ operation: 'referrersList' })
      .bytes(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }))
      .warning('only the referrers that are cached');
    const answer = await door.get(path);
    expect([digestsOf(answer), answer.headers['warning']]).toEqual([before, onlyCached]);
    await door.restart({ airGapped: true });
    expect(digestsOf(await door.get(path))).toEqual(before);
  });

  test('many clients with any filter ask once', async () => {
    const { door, path, sbom } = await scene({ listMs: 60_000 });
    const gate = door.mock.on({ operation: 'referrersList' }).hold();
    const asking = Array.from({ length: 20 }, (_, index) =>
      door.get(index % 2 === 0 ? path : `${path}?artifactType=application/x.sbom`),
    );
    await gate.reached;
    gate.release();
    const counts = (await Promise.all(asking)).map((answer) => digestsOf(answer).length);
    expect(counts).toEqual(counts.map((_, index) => (index % 2 === 0 ? 2 : 1)));
    expect(digestsOf(await door.get(`${path}?artifactType=application/x.sbom`))).toEqual([sbom.digest]);
    expect(door.mock.count({ operation: 'referrersList' })).toBe(1);
  });

  test('of a sha512 subject', async () => {
    const door = await openDoor();
    const image = door.mock.addImage('app', 'v1', { algorithm: 'sha512', layers: [] });
    const { digest } = door.mock.addArtifact('app', { subject: image.descriptor });
    const path = `/v2/app/referrers/${image.digest}`;
    expect(digestsOf(await door.get(path))).toEqual([digest]);
    await door.restart({ airGapped: true });
    expect(digestsOf(await door.get(path))).toEqual([digest]);
  });
});
