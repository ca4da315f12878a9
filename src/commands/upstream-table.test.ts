import { expect, test } from 'vitest';
import type { Schema } from '../../api/contract.ts';
import { upstreamTable } from './upstream-table.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const ago = (seconds: number): string => new Date(now.getTime() - 1000 * seconds).toISOString();
const row: Schema<'Upstream'> = {
  registry: 'a.test',
  configured: true,
  endpoint: 'https://a.test/',
  state: 'closed',
  answered: true,
  since: ago(60),
  bytesFetched: 0,
  requests: 1,
};
const plain = ['a.test', '-', 'reachable', '-', '-', '-', '0 B', '1'];

test.each<[string, Partial<Schema<'Upstream'>>, Record<number, string>]>([
  ['all is well', {}, {}],
  ['a part of a registry', { pathPrefix: 'team/x' }, { 0: 'a.test/team/x' }],
  ['another place', { endpoint: 'https://mirror.test/' }, { 1: 'https://mirror.test/' }],
  ['a path of its own', { endpoint: 'https://a.test/proxy' }, { 1: 'https://a.test/proxy' }],
  ['plain HTTP', { endpoint: 'http://a.test/' }, {}],
  ['dark', { state: 'open', since: ago(7200) }, { 2: 'dark since 2026-03-01T10:00:00.000Z (2h ago)' }],
  ['perhaps back', { state: 'half-open' }, { 2: 'half-open' }],
  ['never heard', { answered: false }, { 2: 'not heard of yet' }],
  ['an error', { lastError: { reason: 'no\u001b[2Jway', at: ago(120) } }, { 3: 'no [2Jway (2m ago)' }],
  ['a long error', { lastError: { reason: 'x'.repeat(61), at: ago(0) } }, { 3: `${'x'.repeat(60)}… (now)` }],
  [
    'a limit',
    { rateLimit: { limit: 100, remaining: 0, windowSeconds: 21_600, at: ago(1) } },
    { 4: '0/100 per 6h' },
  ],
  ['half a limit', { rateLimit: { remaining: 7, at: ago(1) } }, { 4: '7/?' }],
  ['a token', { tokenExpiry: { earliest: ago(-240), latest: ago(-300) } }, { 5: 'in 4m' }],
  ['a token for an hour', { tokenExpiry: { earliest: ago(-3600), latest: ago(-3600) } }, { 5: 'in 1h' }],
  ['a token that ended', { tokenExpiry: { earliest: ago(1), latest: ago(1) } }, { 5: 'expired' }],
  ['bytes', { bytesFetched: 402_000_000 }, { 6: '402.0 MB' }],
])('%s', (_, changes, cells) => {
  const [, line = ''] = upstreamTable([{ ...row, ...changes }], now).split('\n');
  expect(line.split(/ {2,}/)).toEqual(plain.map((cell, column) => cells[column] ?? cell));
});
