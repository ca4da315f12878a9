// The ledger: what was refused for want of an upstream, or would have been. It is the list for the next bundle.
import type { Log } from '../log/log.ts';
import type { Missed } from '../serialize/missed-file.ts';
import type { Store } from '../serialize/store.ts';

/** The least lately missed goes first: a client that invents names pushes out no more than that. */
const MAX_ENTRIES = 10_000;
const WRITE_MS = 2_000;

/** By kind and reference, in the order of their last time. */
type Entries = Map<string, Missed>;
/** What was missed so often more, or that it has been had. */
type Changes = Map<string, Missed | 'had'>;

/** How often something was refused for want of an upstream, and how often a rehearsal would have had it so. */
export interface MissTallies {
  readonly refused: number;
  readonly rehearsed: Readonly<Record<Missed['kind'], number>>;
}

/** Other processes write the same file, so what changes here is made to whatever the file holds by then. */
export class Ledger {
  readonly #store: Pick<Store, 'missedRead' | 'missedUpdate'>;
  readonly #clock: () => Date;
  readonly #log: Log;
  readonly #tallies = { refused: 0, rehearsed: { manifest: 0, blob: 0, tags: 0, referrers: 0 } };
  /** As the file was when it was read last, and what has changed since. */
  #entries: Entries = new Map();
  /** Not written yet. */
  #changes: Changes = new Map();
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, 'missedRead' | 'missedUpdate'>, clock: () => Date, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  /** What is noted, also by other processes, the latest last. */
  async read(): Promise<readonly Missed[]> {
    await this.#inTurn(async () => this.#take(byKey(await this.#store.missedRead())));
    return [...this.#entries.values()];
  }

  /** Since the start, also of what has been had since. */
  get tallies(): MissTallies {
    return this.#tallies;
  }

  /** Notes that something was refused, or would have been; written behind, never waited for. */
  note(missed: Omit<Missed, 'first' | 'last' | 'count'>): void {
    const now = this.#clock().toISOString();
    if (missed.rehearsed) this.#tallies.rehearsed[missed.kind] += 1;
    else this.#tallies.refused += 1;
    this.#change(keyOf(missed), { ...missed, first: now, last: now, count: 1 });
  }

  /** What is there now was not missed in vain. What a rehearsal has noted would be missed all the same. */
  settle(kind: Missed['kind'], reference: string): void {
    const known = this.#entries.get(keyOf({ kind, reference }));
    if (known !== undefined && known.rehearsed !== true) this.#change(keyOf(known), 'had');
  }

  isRehearsed(kind: Missed['kind'], reference: string): boolean {
    return this.#entries.get(keyOf({ kind, reference }))?.rehearsed === true;
  }

  /**
   * Begins anew, also for other processes.
   * @throws {StoreError}
   */
  async clear(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#store.missedUpdate(() => []);
      this.#changes.clear();
      this.#entries.clear();
    });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#inTurn(() => this.#write());
  }

  #change(key: string, change: Missed | 'had'): void {
    apply(this.#entries, [[key, change]]);
    gather(this.#changes, key, change);
    this.#timer ??= setTimeout(() => void this.#inTurn(() => this.#write()), WRITE_MS).unref();
  }

  /** What touches the file comes one after the other. */
  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  /** Never rejects: what could not be written is written with the next change. */
  async #write(): Promise<void> {
    this.#timer = undefined;
    const changes = this.#changes;
    if (changes.size === 0) return;
    this.#changes = new Map();
    let written: Entries = new Map();
    try {
      await this.#store.missedUpdate((current) => {
        written = byKey(current);
        apply(written, changes);
        return [...written.values()];
      });
      this.#take(written);
    } catch (error) {
      this.#log.warn('the ledger of what was missed could not be written', { error });
      for (const [key, change] of this.#changes) gather(changes, key, change);
      this.#changes = changes;
    }
  }

  /** The file holds these now. */
  #take(entries: Entries): void {
    apply(entries, this.#changes);
    this.#entries = entries;
  }
}

function keyOf({ kind, reference }: Pick<Missed, 'kind' | 'reference'>): string {
  return `${kind} ${reference}`;
}

function byKey(missed: readonly Missed[]): Entries {
  return new Map(missed.map((entry) => [keyOf(entry), entry]));
}

function gather(changes: Changes, key: string, change: Missed | 'had'): void {
  const noted = changes.get(key);
  changes.delete(key);
  const sums = change !== 'had' && noted !== undefined && noted !== 'had';
  changes.set(key, sums ? added(noted, change) : change);
  trim(changes);
}

function apply(entries: Entries, changes: Iterable<readonly [string, Missed | 'had']>): void {
  for (const [key, change] of changes) {
    const known = entries.get(key);
    entries.delete(key);
    if (change !== 'had') entries.set(key, known === undefined ? change : added(known, change));
  }
  trim(entries);
}

function added(known: Missed, more: Missed): Missed {
  return { ...more, first: known.first, count: known.count + more.count };
}

function trim(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= MAX_ENTRIES) return;
    map.delete(oldest);
  }
}
