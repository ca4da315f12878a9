// Where a registry is really asked: mirrors, paths, other caches, and the next one where one fails.
import { describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MockRegistry, Rule } from '../mock/index.ts';
import type { EntryEndpoint, RegistryEntry } from '../src/config/config.ts';
import { parseRepositoryName } from '../src/oci/repository.ts';
import { errorCodes, errorMessage, openFrontDoor, plainEntry } from './front-door.ts';
import type { Answered, FrontDoor } from './front-door.ts';

/** A registry that is nowhere: only its endpoints are. */
const registry = 'registry.test';

function entryAt(
  endpoints: readonly (EntryEndpoint | string)[],
  changes: Partial<RegistryEntry> = {},
  name = registry,
): RegistryEntry {
  const styled = endpoints.map((endpoint) =>
    typeof endpoint === 'string' ? { url: endpoint, style: 'plain' as const } : endpoint,
  );
  return { ...plainEntry(name), ...changes, endpoints: styled };
}

async function doorTo(entries: (mock: MockRegistry) => readonly RegistryEntry[]): Promise<FrontDoor> {
  const door = await openFrontDoor({ config: { complete: false } });
  await door.restart({ registries: entries(door.mock) });
  return door;
}

const get = (door: FrontDoor, path: string, ns = registry): Promise<Answered> =>
  door.raw(`/v2/${path}?ns=${ns}`);

describe('styles', () => {
  test.each([
    ['plain', 'plain', '', 'team/app', '/v2/team/app/'],
    ['a project in the path', 'plain', '/proxy', 'proxy/team/app', '/v2/proxy/team/app/'],
    ['with a slash at its end', 'plain', '/proxy/', 'proxy/team/app', '/v2/proxy/team/app/'],
    ['with the v2 written out', 'plain', '/v2/proxy', 'proxy/team/app', '/v2/proxy/team/app/'],
    ['the host in the path', 'path', '', 'registry.test/team/app', '/v2/registry.test/team/app/'],
    [
      'the host below a project',
      'path',
      '/hub',
      'hub/registry.test/team/app',
      '/v2/hub/registry.test/team/app/',
    ],
    ['another cache', 'ns', '', 'team/app', '/v2/team/app/'],
  ] as const)('%s', async (_, style, path, repository, prefix) => {
    await using door = await doorTo((mock) => [entryAt([{ url: `${mock.url}${path}`, style }])]);
    const image = door.mock.addImage(repository, 'v1', { layers: [1000] });
    expect((await get(door, 'team/app/manifests/v1')).body.equals(image.bytes)).toBe(true);
    expect((await get(door, 'team/app/manifests/v1')).headers['warning']).toBeUndefined();
    for (const { digest } of image.blobs)
      expect((await get(door, `team/app/blobs/${digest}`)).status).toBe(200);
    const urls = door.mock.requests.map(({ url }) => new URL(url, 'http://x.test'));
    expect(urls.map(({ pathname }) => pathname.startsWith(prefix))).not.toContain(false);
    const expected = style === 'ns' ? registry : null;
    expect(new Set(urls.map(({ searchParams }) => searchParams.get('ns')))).toEqual(new Set([expected]));
  });

  test('credentials of the entry are for the registry itself where a mirror stands before it', async () => {
    await using mirror = await startMock({
      auth: { scheme: 'basic', username: 'robot', password: 'canary-4711' },
    });
    await using door = await openFrontDoor(
      {},
      { auth: { scheme: 'basic', username: 'robot', password: 'canary-4711' } },
    );
    const auth = { user: 'robot', password: 'canary-4711' };
    const image = door.mock.addImage('app', 'v1');
    mirror.addImage('app', 'v1');
    const entry = entryAt([mirror.url, door.mock.url], { auth }, door.mock.host);
    await door.restart({ registries: [entry] });
    expect((await door.get('/v2/app/manifests/v1')).headers['docker-content-digest']).toBe(image.digest);
    expect(mirror.log.mentioning('canary-4711')).toEqual([]);
    expect(mirror.requests.length).toBeGreaterThan(0);
  });
});

describe('failover', () => {
  test.each<[string, (rule: Rule) => void]>([
    ['has it not', (rule) => rule.status(404)],
    ['may not', (rule) => rule.status(403)],
    ['is limited', (rule) => rule.tooManyRequests(60)],
    ['is broken', (rule) => rule.status(500)],
    ['hangs up', (rule) => rule.hangUp()],
    ['never answers', (rule) => rule.blackHole()],
    ['answers a page for people', (rule) => rule.gzip()],
  ])('the next endpoint is asked where the first %s', async (_, misbehave) => {
    await using second = await startMock();
    await using door = await doorTo((mock) => [
      entryAt([mock.url, second.url], { timeouts: { headerMs: 300 } }),
    ]);
    misbehave(door.mock.on({}).always());
    const image = second.addImage('app', 'v1', { layers: [1000] });
    expect((await get(door, 'app/manifests/v1')).headers['docker-content-digest']).toBe(image.digest);
    for (const { digest } of image.blobs) expect((await get(door, `app/blobs/${digest}`)).status).toBe(200);
  });

  test('an endpoint that is gone is not missed', async () => {
    await using second = await startMock();
    await using door = await doorTo((mock) => [entryAt([mock.url, second.url])]);
    await door.mock.stop();
    const image = second.addImage('app', 'v1');
    expect((await get(door, 'app/manifests/v1')).headers['docker-content-digest']).toBe(image.digest);
  });

  test.each([
    ['all agree that it is absent', 404, 404, 404, 'MANIFEST_UNKNOWN'],
    ['one could not be asked', 404, 500, 503, 'UNAVAILABLE'],
    ['one could not be asked, the other refuses', 500, 403, 503, 'UNAVAILABLE'],
    ['one refuses, the other has it not', 403, 404, 403, 'DENIED'],
  ])('the most telling error is told: %s', async (_, first, other, status, code) => {
    await using second = await startMock();
    await using door = await doorTo((mock) => [entryAt([mock.url, second.url])]);
    door.mock.on({}).always().status(first);
    second.on({}).always().status(other);
    const answer = await get(door, 'app/manifests/v1');
    expect([answer.status, errorCodes(answer)]).toEqual([status, [code]]);
    expect(errorMessage(answer)).toContain(door.mock.host);
    expect(errorMessage(answer)).toContain(second.host);
  });

  test('a blob that breaks at one endpoint is taken up at the byte at another', async () => {
    await using second = await startMock();
    await using door = await doorTo((mock) => [entryAt([mock.url, second.url])]);
    const blob = door.mock.addBlob('app', { size: 1_000_000 });
    second.addBlob('app', { bytes: blob.bytes() });
    door.mock.on({ operation: 'blobGet' }).always().resetAt(300_000);
    const answer = await get(door, `app/blobs/${blob.digest}`);
    expect([answer.status, answer.body.equals(blob.bytes())]).toEqual([200, true]);
    expect(second.requests.map(({ range }) => range)).toEqual(['bytes=300000-']);
  });

  test('after wrong bytes from one endpoint the other is asked', async () => {
    await using second = await startMock();
    await using door = await doorTo((mock) => [entryAt([mock.url, second.url])]);
    const blob = door.mock.addBlob('app', { size: 1000 });
    second.addBlob('app', { bytes: blob.bytes() });
    door.mock.on({ operation: 'blobGet' }).always().flipAt(500);
    await get(door, `app/blobs/${blob.digest}`).catch(() => undefined);
    expect((await get(door, `app/blobs/${blob.digest}`)).body.equals(blob.bytes())).toBe(true);
  });
});

test('the longest path_prefix on a slash boundary decides', async () => {
  await using special = await startMock();
  await using door = await doorTo((mock) => [
    entryAt([special.url], { pathPrefix: parseRepositoryName('team/app') }),
    entryAt([mock.url]),
  ]);
  const images = ['team/app', 'team/app/sub'].map((name) => special.addImage(name, 'v1'));
  const others = ['team/apple', 'team', 'other/team/app'].map((name) => door.mock.addImage(name, 'v1'));
  for (const image of [...images, ...others]) {
    const answer = await get(door, image.name.replace(':', '/manifests/'));
    expect(answer.headers['docker-content-digest']).toBe(image.digest);
  }
  expect([
    special.count({ operation: 'manifestGet' }),
    door.mock.count({ operation: 'manifestGet' }),
  ]).toEqual([2, 3]);
});

describe('two servers of ours', () => {
  test.each(['ns', 'path'] as const)('one behind the other, style %s', async (style) => {
    await using far = await openFrontDoor({ config: { complete: false } });
    const { host } = far.mock;
    await using near = await doorTo(() => [entryAt([{ url: far.url, style }], {}, host)]);
    const image = far.mock.addImage('team/app', 'v1', { layers: [200_000] });
    expect((await get(near, 'team/app/manifests/v1', host)).body.equals(image.bytes)).toBe(true);
    for (const blob of image.blobs) {
      const answer = await get(near, `team/app/blobs/${blob.digest}`, host);
      expect(answer.body.equals(blob.bytes())).toBe(true);
    }
    await far.stop();
    expect((await get(near, 'team/app/manifests/v1', host)).status).toBe(200);
  });

  test('that lead to each other refuse instead of going in a circle', async () => {
    await using one = await openFrontDoor();
    await using other = await doorTo(() => [entryAt([{ url: one.url, style: 'ns' }])]);
    const { port } = one;
    await one.stop();
    await one.start({ port, registries: [entryAt([{ url: other.url, style: 'ns' }])] });
    const answer = await get(other, 'app/manifests/v1');
    // What the one in the middle calls 502 is a 503 to the one before it.
    expect([502, 503]).toContain(answer.status);
    expect(errorMessage(answer)).toContain('in a circle');
  });
});

describe('allow_registries and deny_registries', () => {
  test.each([
    ['denied', { denyRegistries: ['registry.*'] }, 403],
    ['not allowed', { allowRegistries: ['*.corp.test'] }, 403],
    ['allowed', { allowRegistries: ['registry.test'] }, 200],
  ])('%s', async (_, policy, status) => {
    await using door = await openFrontDoor();
    await door.restart({ registries: [entryAt([door.mock.url])], ...policy });
    door.mock.addImage('app', 'v1');
    const answer = await get(door, 'app/manifests/v1');
    expect(answer.status).toBe(status);
    if (status === 403) {
      expect(errorCodes(answer)).toEqual(['DENIED']);
      expect(errorMessage(answer)).toMatch(/(?:allow|deny)_registries/);
      expect(door.mock.requests).toEqual([]);
    }
  });
});
