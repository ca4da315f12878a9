// Lists that an upstream is asked for: once for everybody, remembered for seconds, waited for softly.
import { LRUCache } from 'lru-cache';
import { Coalesced } from './coalesce.ts';
import type { EngineParts } from './engine-parts.ts';
import { settledWithin } from './settled-within.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';

export interface ListTimes {
  /** Milliseconds that a client waits for the upstream where the cache can stand in; the question goes on behind. */
  readonly softWaitMs: number;
  /** Milliseconds for which an answer is given again, so that a page that reloads does not hammer the upstream. */
  readonly listMs: number;
}

const MAX_BYTES = 16 * 1024 * 1024;
const ENTRY_BYTES = 512;

export class RecentLists<T extends object> {
  readonly #parts: EngineParts;
  readonly #times: ListTimes;
  readonly #recent: LRUCache<string, T>;
  readonly #asking = new Coalesced<T>();

  /** @param sizeOf the bytes that a list takes, about */
  constructor(parts: EngineParts, times: ListTimes, sizeOf: (list: T) => number) {
    this.#parts = parts;
    this.#times = times;
    this.#recent = new LRUCache<string, T>({
      maxSize: MAX_BYTES,
      sizeCalculation: (list, key) => ENTRY_BYTES + 2 * key.length + sizeOf(list),
      ttl: times.listMs,
    });
  }

  get(key: string): T | undefined {
    return this.#recent.get(key);
  }

  /**
   * Asks, or joins who is asking.
   * @param keyOf under which key the answer is remembered
   * @param soft whether there is something to answer in its stead: then undefined when it takes long
   * @throws {UpstreamError}
   */
  async ask(
    target: Target,
    key: string,
    work: () => Promise<T>,
    { soft, keyOf = () => key }: { readonly soft: boolean; readonly keyOf?: (list: T) => string },
  ): Promise<T | undefined> {
    const asking = this.#asking.run(key, async () => {
      const list = await work();
      // To lru-cache 0 is for ever.
      if (this.#times.listMs > 0) this.#recent.set(keyOf(list), list);
      return list;
    });
    if (!soft) return asking;
    const { upstreams, log } = this.#parts;
    const waitMs = Math.max(0, this.#times.softWaitMs - upstreams.get(target).unansweredMs());
    const list = await settledWithin(asking, waitMs);
    if (list === undefined) {
      asking.catch((error: unknown) =>
        log.warn('a list did not come', { repository: targetId(target), error: String(error) }),
      );
    }
    return list;
  }
}
