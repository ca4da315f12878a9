// Two servers on one directory, as a rolling update has them.
import { describe, expect, test } from 'vitest';
import { FrontDoor, openFrontDoor, plainEntry, sha256 } from './front-door.ts';

async function twoServers(): Promise<readonly [FrontDoor, FrontDoor]> {
  const first = await openFrontDoor();
  const second = new FrontDoor(first.mock, first.imagePath, {});
  await second.start();
  return [first, second];
}

test('what one has cached the other serves with the upstream gone', async () => {
  const [first, second] = await twoServers();
  await using _first = first;
  const image = first.mock.addImage('app', 'v1', { layers: [100_000] });
  await first.get('/v2/app/manifests/v1');
  for (const { digest } of image.blobs) await first.get(`/v2/app/blobs/${digest}`);
  await first.stop();
  await first.mock.stop();
  const byTag = await second.get('/v2/app/manifests/v1');
  expect([byTag.status, byTag.headers['docker-content-digest']]).toEqual([200, image.digest]);
  expect((await second.get(`/v2/app/manifests/${image.digest}`)).status).toBe(200);
  for (const { digest } of image.blobs) {
    const answer = await second.get(`/v2/app/blobs/${digest}`);
    expect([answer.status, sha256(answer.body)]).toEqual([200, digest]);
  }
  await second.stop();
});

test('both fill one blob at once, and each serves it right', async () => {
  const [first, second] = await twoServers();
  await using _first = first;
  const blob = first.mock.addBlob('app', { size: 1_000_000 });
  const answers = await Promise.all([first, second].map((door) => door.get(`/v2/app/blobs/${blob.digest}`)));
  for (const answer of answers) expect([answer.status, sha256(answer.body)]).toEqual([200, blob.digest]);
  await first.mock.stop();
  for (const door of [first, second])
    expect((await door.get(`/v2/app/blobs/${blob.digest}`)).status).toBe(200);
  await second.stop();
});

test('both bind tags to one manifest, and neither loses the other’s', async () => {
  const [first, second] = await twoServers();
  await using _first = first;
  const image = first.mock.addImage('app', 'a', { layers: [] });
  const tags = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const tag of tags) first.mock.addManifest('app', tag, image.bytes, image.mediaType);
  await Promise.all(
    tags.map((tag, index) => (index % 2 === 0 ? first : second).get(`/v2/app/manifests/${tag}`)),
  );
  await second.stop();
  await first.restart();
  await first.mock.stop();
  for (const tag of tags)
    expect([tag, (await first.get(`/v2/app/manifests/${tag}`)).status]).toEqual([tag, 200]);
});

describe('a tag that another process has moved is followed, behind the client that is told of the old one', () => {
  test.each([
    { name: 'air-gapped', config: { airGapped: true } },
    { name: 'with a tag that is never checked', entry: { revalidate: 'never' as const } },
    { name: 'with a dark upstream', dark: true },
  ])('$name', async ({ config = {}, entry = {}, dark = false }) => {
    const [first, other] = await twoServers();
    await using _first = first;
    const older = first.mock.addImage('app', 'v1', { layers: [] });
    await other.get('/v2/app/manifests/v1');
    await first.restart({ ...config, registries: [plainEntry(first.mock.host, entry)] });
    expect(await tagLeadsTo(first)).toBe(older.digest);
    const newer = first.mock.addImage('app', 'v1', { layers: [] });
    await other.get('/v2/app/manifests/v1');
    if (dark) await first.mock.stop();
    await expect.poll(() => tagLeadsTo(first)).toBe(newer.digest);
    await other.stop();
  });
});

test('a tag that another process has brought in since is found before its registry is asked', async () => {
  const [first, other] = await twoServers();
  await using _first = first;
  const image = first.mock.addImage('app', 'v1', { layers: [] });
  await first.restart({ registries: [plainEntry(first.mock.host, { revalidate: 'never' })] });
  await other.get('/v2/app/manifests/v1');
  first.mock.reset();
  expect(await tagLeadsTo(first)).toBe(image.digest);
  for (const operation of ['manifestHead', 'manifestGet'] as const)
    expect(first.mock.count({ operation })).toBe(0);
  await other.stop();
});

async function tagLeadsTo(door: FrontDoor): Promise<unknown> {
  return (await door.head('/v2/app/manifests/v1')).headers['docker-content-digest'];
}
