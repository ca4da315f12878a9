import { describe, expect, test } from 'vitest';
import { Breaker } from './breaker.ts';
import type { BreakerOptions } from './breaker.ts';
import { UpstreamError } from './errors.ts';

const exchange = { method: 'GET', url: new URL('https://registry.test/v2/') } as const;
const failure = (kind: 'connect' | 'timeout' | 'tls' | 'broken' | 'refused') =>
  new UpstreamError(kind, `a ${kind}`, exchange);
const said = (status: number) => new UpstreamError('status', String(status), { ...exchange, status });

/** Probes follow at once, and each waits to be told its outcome. */
function breaker(options: Partial<BreakerOptions> = {}) {
  const probes: PromiseWithResolvers<void>[] = [];
  const made = new Breaker({
    now: () => new Date(0),
    probe() {
      const outcome = Promise.withResolvers<void>();
      probes.push(outcome);
      return outcome.promise;
    },
    ...options,
    times: { probeFirstMs: 1, probeMostMs: 1, ...options.times },
  });
  const isOpen = (): boolean => {
    try {
      made.admit(exchange);
      return false;
    } catch (error) {
      if (error instanceof UpstreamError && error.failure === 'dark') return true;
      throw error;
    }
  };
  return { made, probes, isOpen };
}

describe('it opens', () => {
  test.each(['connect', 'timeout'] as const)('at the first %s where there never was an answer', (kind) => {
    const { made, isOpen } = breaker();
    made.failed(failure(kind));
    expect(isOpen()).toBe(true);
    made.close();
  });

  test('at the first connection that is not made in time, unless it has answered meanwhile', () => {
    const { made, isOpen } = breaker();
    const cause = Object.assign(new Error('connect timeout'), { code: 'UND_ERR_CONNECT_TIMEOUT' });
    const unreachable = new UpstreamError('timeout', 'a timeout', { ...exchange, cause });
    const sent = performance.now();
    made.answered();
    made.failed(unreachable, sent);
    expect(isOpen()).toBe(false);
    made.failed(unreachable, performance.now());
    expect(isOpen()).toBe(true);
    made.close();
  });

  test.each([
    ['connect', failure('connect')],
    ['timeout', failure('timeout')],
    ['tls', failure('tls')],
    ['500', said(500)],
    ['503', said(503)],
  ])('at the third %s in a row', (_, error) => {
    const { made, isOpen } = breaker();
    made.answered();
    made.failed(error);
    made.failed(error);
    made.answered();
    made.failed(error);
    made.failed(error);
    expect(isOpen()).toBe(false);
    made.failed(error);
    expect(isOpen()).toBe(true);
    expect(made.lastError).toBe(error.reason);
    made.close();
  });

  test.each([
    ['404', said(404)],
    ['401', said(401)],
    ['429', said(429)],
    ['a body that breaks off', failure('broken')],
    ['a redirect that is refused', failure('refused')],
  ])('never for %s', (_, error) => {
    const { made, isOpen } = breaker();
    for (let times = 0; times < 10; times += 1) made.failed(error);
    expect(isOpen()).toBe(false);
  });
});

describe('while it is open', () => {
  test('it says since when, and why', () => {
    const { made } = breaker();
    made.failed(failure('connect'));
    expect(() => made.admit(exchange)).toThrow(/registry\.test has not answered since 1970-.*a connect/);
    made.close();
  });

  test('failed probes go on, an answered one lets clients through, and their answer closes it', async () => {
    const { made, probes, isOpen } = breaker();
    made.failed(failure('connect'));
    await expect.poll(() => probes.length).toBe(1);
    probes[0]?.reject(failure('timeout'));
    await expect.poll(() => probes.length).toBe(2);
    expect(isOpen()).toBe(true);
    expect(made.lastError).toBe('a timeout');
    probes[1]?.resolve();
    await expect.poll(() => made.state).toBe('half-open');
    expect(isOpen()).toBe(false);
    made.answered();
    expect(made.state).toBe('closed');
    made.close();
  });

  test('half-open, the next failure opens it again', async () => {
    const { made, probes, isOpen } = breaker();
    made.failed(failure('connect'));
    await expect.poll(() => probes.length).toBe(1);
    probes[0]?.resolve();
    await expect.poll(() => made.state).toBe('half-open');
    made.failed(said(500));
    expect(isOpen()).toBe(true);
    await expect.poll(() => probes.length).toBe(2);
    made.close();
  });

  test('nobody who asked long ago keeps it probing', async () => {
    const { made, probes } = breaker({ times: { unwantedMs: -1 } });
    made.failed(failure('connect'));
    await expect.poll(() => made.state).toBe('half-open');
    expect(probes).toEqual([]);
  });

  test('closing it ends the probes', () => {
    const { made, isOpen } = breaker();
    made.failed(failure('connect'));
    made.close();
    expect(isOpen()).toBe(false);
    made.failed(failure('connect'));
    expect(isOpen()).toBe(false);
  });
});

test.each([0, 0.5, 1])('probes are spread by jitter and grow to a most (random %d)', async (random) => {
  let count = 0;
  const { made, probes } = breaker({
    random: () => {
      count += 1;
      return random;
    },
  });
  made.failed(failure('connect'));
  for (let probe = 0; probe < 5; probe += 1) {
    await expect.poll(() => probes.length).toBe(probe + 1);
    probes[probe]?.reject(failure('connect'));
  }
  await expect.poll(() => count).toBe(6);
  made.close();
});
