// Pull times are batched, never go back, and never fail anybody.
import { describe, expect, test } from 'vitest';
import type { Digest } from '../oci/digest.ts';
import { StoreError } from './errors.ts';
import type { Holder } from './holder.ts';
import { PullTimes } from './pull-times.ts';
import { holderOf, rememberingLog } from './store-samples.ts';

/** Holders in memory, with writes counted; `broken` makes every update fail. */
function heldIn(...held: Holder[]) {
  const holders = new Map(held.map((holder) => [holder.digest, holder]));
  const state = { holders, writes: 0, broken: false };
  const holderUpdate = async (
    digest: Digest,
    _kind: string,
    change: (current: Holder | undefined) => Holder | undefined,
  ): Promise<void> => {
    await Promise.resolve();
    if (state.broken) throw new StoreError('full', { path: '/', code: 'ENOSPC' });
    const current = holders.get(digest);
    const changed = change(current);
    if (changed === current) return;
    state.writes++;
    if (changed !== undefined) holders.set(digest, changed);
  };
  return { state, holderUpdate };
}

describe('PullTimes', () => {
  const holder = holderOf('{}');

  test('writes many pulls of one manifest once, with the last time', async () => {
    const store = heldIn(holder);
    let now = Date.parse('2026-01-01T00:00:00Z');
    const times = new PullTimes(store, () => new Date(now), { log: rememberingLog() });
    for (let pull = 0; pull < 100; pull++, now += 1_000) times.touch(holder.digest, 'img');
    expect(store.state.writes).toBe(0);
    await Promise.all([times.flush(), times.flush()]);
    expect(store.state.writes).toBe(1);
    expect(store.state.holders.get(holder.digest)?.lastPulled).toBe('2026-01-01T00:01:39.000Z');
    await times.close();
    expect(store.state.writes).toBe(1);
  });

  test('never goes back, and makes no holder that is gone', async () => {
    const store = heldIn({ ...holder, lastPulled: '2030-01-01T00:00:00.000Z' });
    const times = new PullTimes(store, () => new Date(0), { log: rememberingLog() });
    times.touch(holder.digest, 'img');
    times.touch(holderOf('{"gone":1}').digest, 'fat');
    await times.close();
    expect(store.state.writes).toBe(0);
    expect(store.state.holders.size).toBe(1);
  });

  test('logs failures in one line, keeps the times, and never throws', async () => {
    const store = heldIn(holder, holderOf('{"n":2}'));
    const log = rememberingLog();
    const times = new PullTimes(store, () => new Date('2026-01-01'), { log });
    store.state.broken = true;
    for (const digest of store.state.holders.keys()) times.touch(digest, 'img');
    await times.flush();
    expect(log.lines).toHaveLength(1);
    expect(log.lines[0]).toContain('"holders":2');
    store.state.broken = false;
    await times.close();
    for (const held of store.state.holders.values()) expect(held.lastPulled).toBe('2026-01-01T00:00:00.000Z');
  });

  test('tells of what it has written, and of nothing else', async () => {
    const store = heldIn(holder);
    const told: string[] = [];
    const times = new PullTimes(store, () => new Date('2026-01-01'), {
      log: rememberingLog(),
      onWritten: (digest, at) => told.push(`${digest} ${at}`),
    });
    store.state.broken = true;
    times.touch(holder.digest, 'img');
    await times.flush();
    expect(told).toEqual([]);
    store.state.broken = false;
    await times.close();
    expect(told).toEqual([`${holder.digest} 2026-01-01T00:00:00.000Z`]);
  });

  test('flushes by itself', async () => {
    const store = heldIn(holder);
    const times = new PullTimes(store, () => new Date('2026-01-01'), {
      intervalMs: 1,
      log: rememberingLog(),
    });
    times.touch(holder.digest, 'img');
    await expect.poll(() => store.state.writes, { timeout: 20_000 }).toBe(1);
    await times.close();
  });
});
