// The ledger: what was refused for want of an upstream. It is the list for the next bundle.
import type { Log } from '../log/log.ts';
import type { Missed } from '../serialize/missed-file.ts';
import type { Store } from '../serialize/store.ts';

/** The least lately missed goes first: a client that invents names pushes out no more than that. */
const MAX_ENTRIES = 10_000;
const WRITE_MS = 2_000;

/** In the order of their last time. */
type Entries = Map<string, Missed>;
/** By reference, what was missed so often more, or that it has been had. */
type Changes = Map<string, Missed | 'had'>;

/** Other processes write the same file, so what changes here is made to whatever the file holds by then. */
export class Ledger {
  readonly #store: Pick<Store, 'missedRead' | 'missedUpdate'>;
  readonly #clock: () => Date;
  readonly #log: Log;
  #refusals = 0;
  /** As the file was when it was read last, and what has changed since. */
  #entries: Entries = new Map();
  /** Not written yet. */
  #changes: Changes = new Map();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, 'missedRead' | 'missedUpdate'>, clock: () => Date, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  async load(): Promise<void> {
    this.#entries = byReference(await this.#store.missedRead());
  }

  /** What is noted, the latest last. */
  entries(): readonly Missed[] {
    return [...this.#entries.values()];
  }

  /** Refusals since the start, also of what has been had since. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Notes a refusal; written behind, never waited for. */
  note(kind: Missed['kind'], reference: string): void {
    const now = this.#clock().toISOString();
    this.#refusals += 1;
    this.#change(reference, { reference, kind, first: now, last: now, count: 1 });
  }

  /** What is there now was not missed in vain. */
  settle(reference: string): void {
    if (this.#entries.has(reference)) this.#change(reference, 'had');
  }

  async close(): Promise<void> {
    if (this.#changes.size > 0) this.#write();
    await this.#writing;
  }

  #change(reference: string, change: Missed | 'had'): void {
    apply(this.#entries, [[reference, change]]);
    gather(this.#changes, reference, change);
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#update());
  }

  /** Never rejects: what could not be written is written with the next change. */
  async #update(): Promise<void> {
    const changes = this.#changes;
    this.#changes = new Map();
    let written: Entries = new Map();
    try {
      await this.#store.missedUpdate((current) => {
        written = byReference(current);
        apply(written, changes);
        return [...written.values()];
      });
      apply(written, this.#changes);
      this.#entries = written;
    } catch (error) {
      this.#log.warn('the ledger of what was missed could not be written', { error });
      for (const [reference, change] of this.#changes) gather(changes, reference, change);
      this.#changes = changes;
    }
  }
}

function byReference(missed: readonly Missed[]): Entries {
  return new Map(missed.map((entry) => [entry.reference, entry]));
}

function gather(changes: Changes, reference: string, change: Missed | 'had'): void {
  const noted = changes.get(reference);
  changes.delete(reference);
  const sums = change !== 'had' && noted !== undefined && noted !== 'had';
  changes.set(reference, sums ? added(noted, change) : change);
  trim(changes);
}

function apply(entries: Entries, changes: Iterable<readonly [string, Missed | 'had']>): void {
  for (const [reference, change] of changes) {
    const known = entries.get(reference);
    entries.delete(reference);
    if (change !== 'had') entries.set(reference, known === undefined ? change : added(known, change));
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
