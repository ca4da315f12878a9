// Which series requests make, and that clients cannot make more of them.
import { Registry as Prometheus } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { Instruments } from './instruments.ts';
import { RequestMetrics } from './request-metrics.ts';
import type { Access } from './request-metrics.ts';

const hit: Access = {
  kind: 'manifest',
  status: 200,
  outcome: 'hit',
  upstream: 'a.test',
  bytes: 10,
  aborted: false,
  firstByteMs: 1,
  ms: 2,
};

/** The lines that two accesses made, without those of the histograms' buckets. */
async function linesOf(accesses: readonly Access[], isConfigured = (_: string): boolean => false) {
  const prometheus = new Prometheus();
  const requests = new RequestMetrics(new Instruments(prometheus), isConfigured);
  for (const access of accesses) requests.measure(access);
  const text = await prometheus.metrics();
  return text.split('\n').filter((line) => line !== '' && !/^#|_bucket|_seconds_sum/.test(line));
}

describe('what a request counts as', () => {
  const { outcome: _outcome, ...without } = hit;
  test.each<{ name: string; access: Access; outcome: string; and?: readonly string[] }>([
    {
      name: 'a manifest from the cache',
      access: hit,
      outcome: 'hit',
      and: ['cached_pulls_by_ns_total{ns="a.test"} 1', 'served_bytes_total{source="cache"} 10'],
    },
    {
      name: 'a manifest that was fetched',
      access: { ...hit, outcome: 'miss' },
      outcome: 'miss',
      and: ['upstream_pulls_by_ns{ns="a.test"} 1', 'served_bytes_total{source="upstream"} 10'],
    },
    {
      name: 'a manifest that nobody confirmed',
      access: { ...hit, outcome: 'stale' },
      outcome: 'stale',
      and: ['cached_pulls_by_ns_total{ns="a.test"} 1', 'served_bytes_total{source="cache"} 10'],
    },
    {
      name: 'a blob that is downloaded for it',
      access: { ...hit, kind: 'blob', outcome: 'miss' },
      outcome: 'miss',
      and: ['served_bytes_total{source="fill"} 10'],
    },
    {
      name: 'a blob that is downloaded for another',
      access: { ...hit, kind: 'blob', outcome: 'joined' },
      outcome: 'joined',
      and: ['served_bytes_total{source="fill"} 10'],
    },
    {
      name: 'a blob past the cache',
      access: { ...hit, kind: 'blob', outcome: 'direct' },
      outcome: 'direct',
      and: ['served_bytes_total{source="upstream"} 10'],
    },
    { name: 'what the cache has no part in', access: { ...without, kind: 'other' }, outcome: 'none' },
    { name: 'what there is not', access: { ...without, status: 404 }, outcome: 'refused' },
    { name: 'what failed', access: { ...without, status: 503 }, outcome: 'failed' },
    { name: 'what failed, of a body that was found', access: { ...hit, status: 416 }, outcome: 'refused' },
    {
      name: 'a body that was cut off',
      access: { ...hit, kind: 'blob', aborted: true },
      outcome: 'aborted',
      and: ['served_bytes_total{source="cache"} 10'],
    },
  ])('$name', async ({ access, outcome, and = [] }) => {
    const { kind, status } = access;
    const labels = `{kind="${kind}",outcome="${outcome}"}`;
    const expected = [
      ...and,
      `manifest_pulls_total ${kind === 'manifest' ? 1 : 0}`,
      `blob_pulls_total ${kind === 'blob' ? 1 : 0}`,
      'v2_api_endpoint_hits_total 1',
      `api_errors_total ${status >= 400 ? 1 : 0}`,
      `request_duration_seconds_count${labels} 1`,
      `request_first_byte_seconds_count${labels} 1`,
      `stale_answers_total ${outcome === 'stale' ? 1 : 0}`,
    ];
    expect((await linesOf([access])).sort()).toEqual(expected.map((line) => `ociregistry_${line}`).sort());
  });
});

test('a hundred registries are named, and those that are configured, however many others there are', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `r${index}.test`);
  const late = 'mine.test';
  const accesses = [...names, ...names, late].map((upstream) => ({ ...hit, upstream }));
  const lines = (await linesOf(accesses, (registry) => registry === late)).filter((line) =>
    line.includes('{ns='),
  );
  expect(lines).toHaveLength(102);
  expect(lines).toContain('ociregistry_cached_pulls_by_ns_total{ns="other"} 400');
  expect(lines).toContain('ociregistry_cached_pulls_by_ns_total{ns="r99.test"} 2');
  expect(lines).toContain(`ociregistry_cached_pulls_by_ns_total{ns="${late}"} 1`);
});
