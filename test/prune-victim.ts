// The victim of the crash tests: a process that prunes, and kills itself at the n-th change of the disk.
import process from 'node:process';
import { silentLog } from '../src/log/log.ts';
import { createMemcache } from '../src/memcache/memcache.ts';
import { ContentCache } from '../src/registry/content-cache.ts';
import { prune } from '../src/registry/prune.ts';
import { openDiskStore } from '../src/serialize/disk-store.ts';
import { PullTimes } from '../src/serialize/pull-times.ts';
import type { Store } from '../src/serialize/store.ts';

const [, , root = '', pattern = '', fatal = '0'] = process.argv;
const clock = (): Date => new Date();
const log = silentLog;
let changes = 0;

/** Others are under way at that moment, each as far as it happens to be. */
function dying(store: Store): Store {
  return new Proxy(store, {
    get(target, name: keyof Store) {
      const method = (target[name] as (...args: unknown[]) => unknown).bind(target);
      if (name !== 'holderUpdate' && name !== 'blobDelete') return method;
      return (...args: unknown[]) => {
        changes += 1;
        if (changes === Number(fatal)) process.kill(process.pid, 'SIGKILL');
        return method(...args);
      };
    },
  });
}

const random = (): string => crypto.randomUUID();
const store = dying(await openDiskStore({ root, clock, random, log, mustExist: true }));
const pullTimes = new PullTimes(store, clock, { log });
const cache = new ContentCache({
  store,
  memcache: createMemcache({ manifestBytes: 1_000_000, blobBytes: 1_000_000 }),
  pullTimes,
  clock,
  log,
  diskFailed: () => undefined,
});
await cache.index.load();
await prune({ store, cache, isFilling: () => false, clock, log }, { patterns: [pattern] });
await pullTimes.close();
await store.close();
process.stdout.write(`${changes}\n`);
