import { describe, expect, test } from 'vitest';
import { UpstreamError } from '../upstream/errors.ts';
import { retryDelay } from './fill-retry.ts';
import type { Attempts } from './fill-retry.ts';

const url = new URL('https://registry.test/v2/app/blobs/x');
const broken = new UpstreamError('broken', 'reset', { method: 'GET', url });
const status = (code: number, retryAfterMs?: number): UpstreamError =>
  new UpstreamError('status', String(code), { method: 'GET', url, status: code, retryAfterMs });
const refused = new UpstreamError('refused', 'no', { method: 'GET', url });
const connect = new UpstreamError('connect', 'no', { method: 'GET', url });

const attempts = (changes: Partial<Attempts> = {}): Attempts => ({
  fruitless: 1,
  begun: true,
  idle: 0,
  noProgressMs: 60_000,
  ...changes,
});

describe('retryDelay', () => {
  const rows: readonly (readonly [string, UpstreamError, Attempts, number | undefined])[] = [
    ['at once where progress was made', broken, attempts({ fruitless: 0 }), 0],
    ['jittered and growing where not', broken, attempts({ fruitless: 3 }), 1600],
    ['never more than ten seconds', broken, attempts({ fruitless: 20 }), 10_000],
    [
      'given up when there was no progress for too long',
      broken,
      attempts({ fruitless: 20, idle: 55_000 }),
      undefined,
    ],
    ['a download that never began is tried once more when it broke', broken, attempts({ begun: false }), 0],
    ['and then fails', broken, attempts({ begun: false, fruitless: 2 }), undefined],
    ['without a connection it fails fast', connect, attempts({ begun: false }), undefined],
    ['an absent blob is no reason to ask again', status(404), attempts({ begun: false }), undefined],
    ['a refusal in the middle may mean a token or a redirect', status(403), attempts({ fruitless: 2 }), 800],
    ['but not for ever', status(403), attempts({ fruitless: 4 }), undefined],
    ['Retry-After is obeyed', status(429, 7000), attempts({ fruitless: 1 }), 7000],
    ['unless it is too long to wait for', status(429, 70_000), attempts({ fruitless: 1 }), undefined],
    ['where we do not go we do not go again', refused, attempts({ fruitless: 0 }), undefined],
  ];
  test.each(rows)('%s', (_, error, given, want) => {
    expect(retryDelay(error, given, () => 1)).toBe(want);
  });
});
