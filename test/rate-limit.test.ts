// A registry's rate limit, used up.
import { expect, test } from 'vitest';
import { errorCodes, openFrontDoor } from './front-door.ts';

test('nothing more is fetched that would count; tags are checked, and the cache serves', async () => {
  let now = Date.UTC(2026, 10, 21);
  await using door = await openFrontDoor({ clock: () => new Date(now) });
  const cached = door.mock.addImage('app', 'cached', { layers: [] });
  door.mock.addImage('app', 'other', { layers: [] });
  door.mock.on({ operation: 'manifestGet' }).once().rateLimit(100, 0);
  door.mock.on({ operation: 'manifestHead' }).once().rateLimit(100, 0);
  await door.get('/v2/app/manifests/cached');

  const refused = await door.get('/v2/app/manifests/other');
  expect([refused.status, errorCodes(refused)]).toEqual([503, ['TOOMANYREQUESTS']]);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(door.mock.count({ operation: 'manifestGet' })).toBe(1);

  const checked = await door.get('/v2/app/manifests/cached');
  expect([checked.status, checked.headers['warning']]).toEqual([200, undefined]);
  expect(checked.headers['docker-content-digest']).toBe(cached.digest);
  expect(door.mock.count({ operation: 'manifestHead' })).toBe(1);

  now += 61_000;
  expect((await door.get('/v2/app/manifests/other')).status).toBe(200);
});
