import { describe, expect, test } from 'vitest';
import { UpstreamError } from './errors.ts';
import type { RateLimit } from './rate-limit.ts';
import { parseRateLimit, QuietTimes, refuseSpent } from './rate-limit.ts';

const at = new Date(0);

test.each<[string, Record<string, string>, object | undefined]>([
  [
    'Docker Hub',
    { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '76;w=21600' },
    { limit: 100, remaining: 76, windowSeconds: 21_600 },
  ],
  [
    'without a window',
    { 'ratelimit-limit': '100', 'ratelimit-remaining': '0' },
    { limit: 100, remaining: 0 },
  ],
  [
    'with x-',
    { 'x-ratelimit-limit': '44000', 'x-ratelimit-remaining': '43999' },
    { limit: 44_000, remaining: 43_999 },
  ],
  ['the rest alone', { 'ratelimit-remaining': '5' }, { remaining: 5 }],
  ['none', {}, undefined],
  ['nonsense', { 'ratelimit-limit': 'many', 'ratelimit-remaining': '-1' }, undefined],
])('%s', (_, headers, expected) => {
  expect(parseRateLimit({ headers }, at)).toEqual(expected && { ...expected, at });
});

describe('a limit that is used up', () => {
  const manifest = new URL('https://registry.test/v2/app/manifests/v1');
  const spent = { remaining: 0, windowSeconds: 21_600, at };
  test.each<[string, RateLimit | undefined, 'GET' | 'HEAD', URL, number, number | undefined]>([
    ['holds manifests for a minute', spent, 'GET', manifest, 15_000, 45_000],
    ['and no longer', spent, 'GET', manifest, 60_000, undefined],
    ['for its window, if that is shorter', { ...spent, windowSeconds: 5 }, 'GET', manifest, 2000, 3000],
    ['for a second, if nobody says', { remaining: 0, at }, 'GET', manifest, 400, 600],
    ['lets HEADs pass', spent, 'HEAD', manifest, 0, undefined],
    ['lets lists pass', spent, 'GET', new URL('https://registry.test/v2/app/tags/list'), 0, undefined],
    ['is not what has some left', { ...spent, remaining: 1 }, 'GET', manifest, 0, undefined],
    ['is not what nobody told', undefined, 'GET', manifest, 0, undefined],
    ['does not outlast a clock that was set back', spent, 'GET', manifest, -1, undefined],
  ])('%s', (_, limit, method, url, age, retryAfterMs) => {
    const ask = (): void => refuseSpent(limit, { method, url }, new Date(at.getTime() + age));
    if (retryAfterMs === undefined) expect(ask).not.toThrow();
    else expect(ask).toThrow(expect.objectContaining({ status: 429, retryAfterMs }));
  });
});

describe('Retry-After', () => {
  const exchange = { method: 'GET', url: new URL('https://registry.test/v2/') } as const;
  const refusal = (status: number, retryAfterMs?: number) =>
    new UpstreamError('status', String(status), { ...exchange, status, retryAfterMs });

  test.each([429, 503])('of a %d keeps its lane quiet, and says what is left', (status) => {
    const quiet = new QuietTimes();
    quiet.note(refusal(status, 60_000), 'manifests');
    const failure = catching(() => quiet.admit(exchange, 'manifests', false));
    expect(failure).toMatchObject({ failure: 'status', status, temporary: true });
    expect(failure?.retryAfterMs).toBeGreaterThan(0);
    expect(failure?.retryAfterMs).toBeLessThanOrEqual(60_000);
    expect(catching(() => quiet.admit(exchange, 'blobs', false))).toBeUndefined();
  });

  test('does not stop a blob that has begun', () => {
    const quiet = new QuietTimes();
    quiet.note(refusal(429, 60_000), 'blobs');
    expect(catching(() => quiet.admit(exchange, 'blobs', false))?.status).toBe(429);
    expect(catching(() => quiet.admit(exchange, 'blobs', true))).toBeUndefined();
  });

  test.each([
    ['a 429 that names no time', refusal(429)],
    ['a 429 whose time is over', refusal(429, 0)],
    ['a 404', refusal(404, 60_000)],
  ])('%s stops nothing', (_, error) => {
    const quiet = new QuietTimes();
    quiet.note(error, 'manifests');
    expect(catching(() => quiet.admit(exchange, 'manifests', false))).toBeUndefined();
  });
});

function catching(work: () => void): UpstreamError | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof UpstreamError) return error;
    throw error;
  }
  return undefined;
}
