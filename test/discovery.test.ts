// Lists of tags: from the upstream, page by page, and of what is cached when it cannot be asked.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { startMock } from '../mock/index.ts';
import type { MockRegistry } from '../mock/index.ts';
import { jsonAnswer } from '../mock/reply.ts';
import { digestOf } from '../src/oci/digest.ts';
import { errorCodes, errorMessage, plainEntry } from './front-door.ts';
import type { Answered, FrontDoor } from './front-door.ts';
import { onlyCached, openDoor, tagsOf } from './listing.ts';

/** Bare tags: what they lead to does not matter to a list. */
function addTags(mock: MockRegistry, repository: string, tags: readonly string[]): void {
  const image = mock.addImage(repository, undefined, { layers: [] });
  for (const tag of tags) mock.store.tag(repository, tag, image.digest);
}

/** Follows the Links as a client does, and keeps count of the pages. */
async function allTags(door: FrontDoor, path: string): Promise<{ tags: readonly string[]; pages: number }> {
  const tags: string[] = [];
  let pages = 0;
  for (let at: string | undefined = path; at !== undefined; pages += 1) {
    const answer: Answered = await door.raw(at);
    expect(answer.status).toBe(200);
    tags.push(...tagsOf(answer));
    at = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers['link'] ?? ''))?.[1];
    // The way on is ours, and says which registry is meant as the client did.
    if (at !== undefined) expect(at).toMatch(/^\/v2\/.*\/tags\/list\?/);
    expect(pages).toBeLessThan(100);
  }
  return { tags, pages };
}

describe('tags of an upstream that can be asked', () => {
  const sorted = ['10', '9', 'A', 'B', 'a', 'b', 'c'];

  test('all of them, cached or not, in one answer', async () => {
    const door = await openDoor({}, { paging: { pageSize: 2 } });
    addTags(door.mock, 'app', sorted);
    await door.get('/v2/app/manifests/a');
    const answer = await door.get('/v2/app/tags/list');
    expect(JSON.parse(answer.body.toString())).toEqual({ name: 'app', tags: sorted });
    expect([answer.headers['content-type'], answer.headers['link'], answer.headers['warning']]).toEqual([
      'application/json',
      undefined,
      undefined,
    ]);
    expect(door.mock.count({ operation: 'tagsList' })).toBe(4);
  });

  test.each([
    ['relative Links', {}],
    ['absolute Links', { link: 'absolute' }],
    ['pages smaller than what was asked for', { pageSize: 1 }],
  ] as const)('page by page: %s', async (_, paging) => {
    const door = await openDoor({}, { paging });
    addTags(door.mock, 'app', sorted);
    const { host } = door.mock;
    const { tags, pages } = await allTags(door, `/v2/app/tags/list?n=2&ns=${host}`);
    expect([tags, pages]).toEqual([sorted, 'pageSize' in paging ? 7 : 4]);
    // n and last were handed on: nobody read the whole list for a page.
    expect(door.mock.requests.map(({ url }) => new URL(url, 'http://x.test').searchParams.get('n'))).toEqual(
      Array.from({ length: pages }, () => '2'),
    );
    const named = await allTags(door, `/v2/${host}/app/tags/list?n=3`);
    expect([named.tags, named.pages]).toEqual([sorted, 'pageSize' in paging ? 7 : 3]);
  });

  test('from the middle, past the end, none at all', async () => {
    const door = await openDoor();
    addTags(door.mock, 'app', sorted);
    for (const [query, tags] of [
      ['n=2&last=A', ['B', 'a']],
      ['last=A', ['B', 'a', 'b', 'c']],
      ['n=5&last=bb', ['c']],
      ['last=zzz', []],
      ['n=0', []],
      ['n=0&last=A', []],
      ['n=1000000', sorted],
    ] as const) {
      const answer = await door.get(`/v2/app/tags/list?${query}`);
      expect([query, tagsOf(answer)]).toEqual([query, tags]);
      if (query.startsWith('n=0')) expect(answer.headers['link']).toBeUndefined();
    }
  });

  /** Registries that page in other ways than by `n` and `last`. */
  const strange: readonly (readonly [
    name: string,
    answer: (query: URLSearchParams) => { readonly tags: readonly string[]; readonly link?: string },
  ])[] = [
    [
      'by a cursor of its own',
      (query) => {
        const at = Number(query.get('cursor') ?? 0);
        const tags = sorted.slice(at, at + 3);
        return at + 3 < sorted.length
          ? { tags, link: `</v2/app/tags/list?cursor=${at + 3}>; rel="next"` }
          : { tags };
      },
    ],
    ['not at all', () => ({ tags: sorted })],
    ['in no order', () => ({ tags: sorted.toReversed() })],
    [
      'in the order of creation',
      (query) => {
        const created = sorted.toReversed();
        const at = created.indexOf(query.get('last') ?? '') + 1;
        const tags = created.slice(at, at + 2);
        const last = tags.at(-1) ?? '';
        return at + 2 < created.length
          ? { tags, link: `</v2/app/tags/list?n=2&last=${last}>; rel="next"` }
          : { tags };
      },
    ],
  ];
  test.each(strange)(
    'a registry that pages %s is read whole, and paged by us in ASCII order',
    async (_, answer) => {
      const door = await openDoor({ listMs: 60_000 });
      door.mock.on({ operation: 'tagsList' }).reply(({ url }) => {
        const { tags, link } = answer(new URL(url, 'http://x.test').searchParams);
        return jsonAnswer(200, { name: 'app', tags }, link === undefined ? {} : { Link: link });
      });
      const { tags } = await allTags(door, `/v2/app/tags/list?n=2&ns=${door.mock.host}`);
      expect(tags).toEqual(sorted);
      expect(tagsOf(await door.get('/v2/app/tags/list'))).toEqual(sorted);
    },
  );

  test('many clients ask once, and what was listed is remembered for a while', async () => {
    const door = await openDoor({ listMs: 60_000 });
    addTags(door.mock, 'app', sorted);
    const gate = door.mock.on({ operation: 'tagsList' }).hold();
    const asking = Array.from({ length: 20 }, () => door.get('/v2/app/tags/list'));
    await gate.reached;
    gate.release();
    for (const answer of await Promise.all(asking)) expect(tagsOf(answer)).toEqual(sorted);
    expect(tagsOf(await door.get('/v2/app/tags/list?n=2&last=9'))).toEqual(['A', 'B']);
    await door.mock.stop();
    expect((await door.get('/v2/app/tags/list')).headers['warning']).toBeUndefined();
    expect(door.mock.count({ operation: 'tagsList' })).toBe(1);
  });

  test('warnings of the upstream are passed on', async () => {
    const door = await openDoor();
    addTags(door.mock, 'app', ['v1']);
    door.mock.on().warning('this repository moves');
    expect((await door.get('/v2/app/tags/list')).headers['warning']).toBe('299 - "this repository moves"');
  });

  test('behind a login', async () => {
    const door = await openDoor({}, { auth: { scheme: 'bearer' }, paging: { pageSize: 2 } });
    addTags(door.mock, 'deep/app', sorted);
    expect(tagsOf(await door.get('/v2/deep/app/tags/list'))).toEqual(sorted);
  });

  test('the next endpoint lists where the first one fails', async () => {
    const door = await openDoor();
    addTags(door.mock, 'app', sorted);
    const { host, url } = door.mock;
    await door.restart({
      registries: [
        plainEntry(host, {
          endpoints: [
            { url: 'http://127.0.0.1:9', style: 'plain' },
            { url, style: 'plain' },
          ],
        }),
      ],
    });
    expect(tagsOf(await door.get('/v2/app/tags/list'))).toEqual(sorted);
  });
});

describe('tags when the upstream does not list them', () => {
  const troubles: readonly (readonly [
    name: string,
    spoil: (mock: MockRegistry) => unknown,
    status: number,
  ])[] = [
    ['is gone', (mock) => mock.stop(), 502],
    ['fails', (mock) => mock.on().status(500), 503],
    ['limits', (mock) => mock.on().tooManyRequests(7), 503],
    ['refuses', (mock) => mock.on().status(403), 403],
    ['has forgotten the repository', (mock) => mock.on().status(404), 404],
    ['answers a page for people', (mock) => mock.on().html(), 502],
    ['answers JSON as HTML', (mock) => mock.on().contentType('text/html'), 502],
    ['answers no list', (mock) => mock.on({ operation: 'tagsList' }).bytes('{"tags":{"v9":1}}'), 502],
    ['answers null', (mock) => mock.on({ operation: 'tagsList' }).bytes('null'), 502],
    ['breaks off', (mock) => mock.on({ operation: 'tagsList' }).truncateAt(5), 502],
    ['compresses unasked', (mock) => mock.on({ operation: 'tagsList' }).gzip(), 502],
    ['redirects in a loop', (mock) => mock.on({ operation: 'tagsList' }).redirectLoop(), 502],
    [
      'answers 100 MB',
      (mock) => mock.on({ operation: 'tagsList' }).bytes(`{"tags":["${'x'.repeat(100 << 20)}"]}`),
      502,
    ],
    [
      'has a Link to another host',
      (mock) => (mock.presentation.paging = { pageSize: 1, link: { origin: 'http://evil.test' } }),
      502,
    ],
    [
      'has a Link to another port',
      (mock) => (mock.presentation.paging = { pageSize: 1, link: { origin: 'http://127.0.0.1:9' } }),
      502,
    ],
    [
      'has a Link to itself',
      (mock) => mock.on().header('Link', '</v2/app/tags/list?n=1000>; rel="next"'),
      502,
    ],
    [
      'has Links in a circle',
      (mock) => {
        let turn = 0;
        mock.on({ operation: 'tagsList' }).reply(() => {
          turn += 1;
          return jsonAnswer(200, { tags: ['v1'] }, { Link: `<?turn=${turn % 3}>; rel="next"` });
        });
      },
      502,
    ],
    [
      'has Links without end',
      (mock) => {
        let turn = 0;
        mock.on({ operation: 'tagsList' }).reply(() => {
          turn += 1;
          return jsonAnswer(200, { tags: ['v1'] }, { Link: `<?turn=${turn}>; rel="next"` });
        });
      },
      502,
    ],
    ['has a malformed Link', (mock) => mock.on().header('Link', '<http://[>; rel="next"'), 502],
  ];

  test.each(troubles)('an upstream that %s', async (_, spoil, status) => {
    const door = await openDoor();
    addTags(door.mock, 'app', ['v1', 'v2', 'v3']);
    for (const tag of ['v3', 'v1']) await door.get(`/v2/app/manifests/${tag}`);
    addTags(door.mock, 'uncached', ['v1', 'v2']);
    await spoil(door.mock);
    for (const query of ['', '?n=2']) {
      const answer = await door.get(`/v2/app/tags/list${query}`);
      expect([answer.status, tagsOf(answer), answer.headers['warning']]).toEqual([
        200,
        ['v1', 'v3'],
        onlyCached,
      ]);
    }
    const paged = await door.get('/v2/app/tags/list?n=1');
    expect([tagsOf(paged), paged.headers['link']]).toEqual([
      ['v1'],
      `</v2/app/tags/list?n=1&last=v1&ns=${encodeURIComponent(door.mock.host)}>; rel="next"`,
    ]);
    // Nothing to stand in: the failure is told. A breaker that has opened since says 503.
    const uncached = await door.get('/v2/uncached/tags/list');
    expect([status, 503]).toContain(uncached.status);
    if (status === 404) expect([uncached.status, errorCodes(uncached)]).toEqual([404, ['NAME_UNKNOWN']]);
    expect(errorMessage(uncached)).toContain(door.mock.host);
    expect(door.mock.connections.opened).toBeLessThan(50);
  });

  test('a silent upstream is not waited for long where tags are cached', async () => {
    const door = await openDoor({ softWaitMs: 20 });
    addTags(door.mock, 'app', ['v1', 'v2']);
    await door.get('/v2/app/manifests/v1');
    const gate = door.mock.on({ operation: 'tagsList' }).hold();
    const answer = await door.get('/v2/app/tags/list');
    expect([tagsOf(answer), answer.headers['warning']]).toEqual([['v1'], onlyCached]);
    gate.release();
  });

  test('air-gapped, cached tags are the truth, and nothing cached is a 404 that says so', async () => {
    const door = await openDoor();
    addTags(door.mock, 'app', ['v1', 'v2']);
    await door.get('/v2/app/manifests/v2');
    await door.restart({ airGapped: true });
    door.mock.reset();
    const answer = await door.get('/v2/app/tags/list');
    expect([tagsOf(answer), answer.headers['warning']]).toEqual([['v2'], undefined]);
    const none = await door.get('/v2/other/tags/list');
    expect([none.status, errorCodes(none), errorMessage(none)]).toEqual([
      404,
      ['NAME_UNKNOWN'],
      expect.stringContaining('air-gapped'),
    ]);
    expect(door.mock.connections.opened).toBe(0);
  });

  test('what can be no tag is left out', async () => {
    const door = await openDoor();
    const odd = ['', '-', '.x', 'a/b', '../../etc', 'a b', '<script>', 'é', 'x'.repeat(129), 7, null, ['v1']];
    door.mock
      .on({ operation: 'tagsList' })
      .reply(() => jsonAnswer(200, { tags: ['v2', ...odd, 'v1', 'v2'] }));
    for (const query of ['', '?n=1000', '?n=5'])
      expect(tagsOf(await door.get(`/v2/app/tags/list${query}`))).toEqual(['v1', 'v2']);
  });

  test('an empty list that is written as null', async () => {
    const door = await openDoor();
    door.mock.on({ operation: 'tagsList' }).reply(() => jsonAnswer(200, { name: 'app', tags: null }));
    expect(tagsOf(await door.get('/v2/app/tags/list'))).toEqual([]);
  });
});

test('a Link to another registry is never followed', async () => {
  const door = await openDoor();
  await using elsewhere = await startMock();
  for (const { mock } of [door, { mock: elsewhere }]) {
    const image = mock.addImage('app', 'v1', { layers: [] });
    mock.store.tag('app', 'v2', image.digest);
    for (const artifactType of ['a/1', 'a/2'])
      mock.addArtifact('app', { artifactType, subject: image.descriptor });
    mock.presentation.paging = { pageSize: 1, link: { origin: elsewhere.url } };
  }
  const subject = door.mock.store.manifest('app', 'v1').digest;
  for (const path of ['/v2/app/tags/list', '/v2/app/tags/list?n=1', `/v2/app/referrers/${subject}`]) {
    await door.get(path);
  }
  expect([elsewhere.requests, elsewhere.connections.opened]).toEqual([[], 0]);
});

test('what is not listed for want of an upstream is not in the ledger', async () => {
  const door = await openDoor();
  await door.mock.stop();
  await door.get('/v2/app/tags/list');
  await door.get(`/v2/app/referrers/${digestOf('x')}`);
  await door.stop();
  await expect(readFile(`${door.imagePath}/missed.json`)).rejects.toThrow('ENOENT');
});
