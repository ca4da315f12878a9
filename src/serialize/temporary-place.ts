// A temporary directory for each test of the store, and stores opened on it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openDiskStore } from './disk-store.ts';
import { rememberingLog } from './store-samples.ts';
import type { Store } from './store.ts';

/** What the test at hand has; everything is made anew before each test and removed after it. */
export interface TemporaryPlace {
  root: string;
  log: ReturnType<typeof rememberingLog>;
  /** The number in the next name that a store here will give a file: `w<number>-<count>`. */
  names: number;
  /** Opens one more store; it is closed after the test. */
  readonly open: (lockStaleMs?: number) => Promise<Store>;
  readonly closeAll: () => Promise<void>;
}

/** Declares the hooks; call it inside `describe`. */
export function temporaryPlace(): TemporaryPlace {
  let top = '';
  let stores: Store[] = [];
  const place: TemporaryPlace = {
    root: '',
    log: rememberingLog(),
    names: 0,
    open: async (lockStaleMs = 10_000) => {
      const { root, log } = place;
      const random = (): string => `w${++place.names}`;
      const store = await openDiskStore({ root, clock: () => new Date(), random, log, lockStaleMs });
      stores.push(store);
      return store;
    },
    closeAll: async () => {
      for (const store of stores) await store.close();
      stores = [];
    },
  };
  beforeEach(async () => {
    top = await mkdtemp(join(tmpdir(), 'ociregistry-store-'));
    place.root = top;
    place.log = rememberingLog();
  });
  afterEach(async () => {
    await place.closeAll();
    await rm(top, { recursive: true });
  });
  return place;
}
