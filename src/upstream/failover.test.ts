import { describe, expect, test } from 'vitest';
import { UpstreamError } from './errors.ts';
import type { UpstreamFailure } from './errors.ts';
import { firstOf, mostTelling } from './failover.ts';

const at = (host: string) => ({ method: 'GET', url: new URL(`https://${host}/v2/app/manifests/v1`) });
const said = (host: string, status: number, retryAfterMs?: number) =>
  new UpstreamError('status', String(status), { ...at(host), status, retryAfterMs });
const failed = (host: string, failure: UpstreamFailure) => new UpstreamError(failure, failure, at(host));

describe('which failure is told', () => {
  test.each<[string, UpstreamError[], string]>([
    ['the only one', [said('a.test', 404)], '404'],
    ['a refusal before an absence', [said('a.test', 404), said('b.test', 403)], '403'],
    ['an absence where all agree', [said('a.test', 404), said('b.test', 404)], '404'],
    ['what may pass before an absence', [said('a.test', 404), failed('b.test', 'timeout')], 'timeout'],
    ['what may pass before a refusal', [said('a.test', 401), said('b.test', 503)], '503'],
    [
      'what was asked before what was not',
      [failed('a.test', 'dark'), failed('b.test', 'connect')],
      'connect',
    ],
    ['not asking before an absence', [failed('a.test', 'dark'), said('b.test', 404)], 'dark'],
    ['an absence before nonsense', [failed('a.test', 'invalid'), said('b.test', 404)], '404'],
    ['the first among equals', [said('a.test', 500), said('b.test', 502)], '500'],
  ])('%s', (_, failures, told) => {
    const error = mostTelling(failures);
    expect(error.failure === 'status' ? String(error.status) : error.failure).toBe(told);
    for (const { url } of failures) expect(error.message).toContain(new URL(url).host);
  });

  test('with the shortest wait that any of them wants', () => {
    expect(mostTelling([said('a.test', 429, 9000), said('b.test', 429, 3000)]).retryAfterMs).toBe(3000);
  });
});

test('a request that was called off is not asked of the next', async () => {
  const asked: string[] = [];
  const abort = new AbortController();
  const ask = (host: string): Promise<never> => {
    asked.push(host);
    abort.abort();
    return Promise.reject(failed(host, 'broken'));
  };
  await expect(firstOf(['a.test', 'b.test'], ask, abort.signal)).rejects.toThrow(UpstreamError);
  expect(asked).toEqual(['a.test']);
});
