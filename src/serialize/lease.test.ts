// Leases: shared by those who bring content in, had alone by who takes it away, and never for ever.
import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Lease } from './held-lease.ts';
import { LeaseTaken } from './lease.ts';
import type { LeaseOptions } from './lease.ts';
import type { Store } from './store.ts';
import { temporaryPlace } from './temporary-place.ts';

describe('leases', () => {
  const place = temporaryPlace();
  const two = async (staleMs?: number): Promise<[Store, Store]> => [
    await place.open(staleMs),
    await place.open(staleMs),
  ];
  const leaseFiles = async (): Promise<readonly string[]> =>
    (await readdir(join(place.root, 'pulls'))).filter((name) => name.endsWith('.lease'));

  test.each<{ held: LeaseOptions['mode']; wanted: LeaseOptions['mode']; together: boolean }>([
    { held: 'shared', wanted: 'shared', together: true },
    { held: 'shared', wanted: 'exclusive', together: false },
    { held: 'exclusive', wanted: 'shared', together: false },
    { held: 'exclusive', wanted: 'exclusive', together: false },
  ])('$held and then $wanted: together $together', async ({ held, wanted, together }) => {
    const [ours, theirs] = await two();
    const first = await ours.lease({ mode: held, holder: 'import of a.tar' });
    for (const store of [theirs, ours]) {
      const asked = store.lease({ mode: wanted, holder: 'prune', patienceMs: 60 });
      if (together) await (await asked).release();
      else
        await expect(asked).rejects.toThrow(
          /^prune has to wait: import of a\.tar has been at work .* since 20/,
        );
    }
    // Whoever waits has it as soon as it is free.
    const waiting = theirs.lease({ mode: wanted, holder: 'prune' });
    await first.release();
    await first.release();
    await (await waiting).release();
    expect(await leaseFiles()).toEqual([]);
  });

  test('who has waited in vain leaves nothing behind', async () => {
    const [ours, theirs] = await two();
    const shared = await ours.lease({ mode: 'shared', holder: 'load' });
    const asked = theirs.lease({ mode: 'exclusive', holder: 'prune', patienceMs: 10 });
    await expect(asked).rejects.toThrow(LeaseTaken);
    await (await theirs.lease({ mode: 'shared', holder: 'import', patienceMs: 10 })).release();
    await shared.release();
    expect(await leaseFiles()).toEqual([]);
  });

  test('in a crowd nobody is alone beside another', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => place.open()));
    const there = { shared: 0, exclusive: 0, most: 0 };
    const worker = async (store: Store, mode: LeaseOptions['mode']): Promise<void> => {
      for (let round = 0; round < 4; round++) {
        const lease = await store.lease({ mode, holder: mode });
        there[mode]++;
        expect(there.exclusive === 0 || there.exclusive + there.shared === 1).toBe(true);
        there.most = Math.max(there.most, there.shared);
        await sleep(2);
        there[mode]--;
        await lease.release();
      }
    };
    await Promise.all(
      stores.flatMap((store) => [
        worker(store, 'shared'),
        worker(store, 'shared'),
        worker(store, 'exclusive'),
      ]),
    );
    expect(there.most).toBeGreaterThan(1);
  });

  test.each(['shared', 'exclusive'] as const)('%s, of a process that died, is taken over', async (mode) => {
    const store = await place.open(200);
    const name = mode === 'shared' ? 'dead-1.lease' : 'exclusive.lease';
    await (await open(join(place.root, 'pulls', name), 'wx')).close();
    await (await store.lease({ mode: 'exclusive', holder: 'prune' })).release();
    expect(await leaseFiles()).toEqual([]);
    expect(place.log.lines).toContainEqual(expect.stringContaining('took over the lock'));
  });

  test('of a process that lives is not, however long it takes', async () => {
    const [ours, theirs] = await two(1500);
    const lease: Lease = await ours.lease({ mode: 'exclusive', holder: 'prune' });
    const asked = theirs.lease({ mode: 'shared', holder: 'load', patienceMs: 2000 });
    await expect(asked).rejects.toThrow(LeaseTaken);
    await lease.confirm();
    await lease.release();
  });

  test('that another process has taken over is known to be lost', async () => {
    const [ours, theirs] = await two();
    const lease = await ours.lease({ mode: 'exclusive', holder: 'prune' });
    // As if we had stood still for too long.
    await rm(join(place.root, 'pulls', 'exclusive.lease'));
    const other = await theirs.lease({ mode: 'exclusive', holder: 'another' });
    await expect(lease.confirm()).rejects.toThrow('took the lease over');
    await lease.release();
    await other.confirm();
    await other.release();
  });
});
