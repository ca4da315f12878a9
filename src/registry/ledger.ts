// The ledger: what was refused for want of an upstream. It is the list for the next bundle.
import type { Log } from '../log/log.ts';
import type { Missed } from '../serialize/missed-file.ts';
import type { Store } from '../serialize/store.ts';

/** The least lately missed goes first: a client that invents names pushes out no more than that. */
const MAX_ENTRIES = 10_000;
const WRITE_MS = 2_000;

export class Ledger {
  readonly #store: Pick<Store, 'missedRead' | 'missedWrite'>;
  readonly #clock: () => Date;
  readonly #log: Log;
  #refusals = 0;
  /** In the order of their last time. */
  readonly #entries = new Map<string, Missed>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Pick<Store, 'missedRead' | 'missedWrite'>, clock: () => Date, log: Log) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
  }

  async load(): Promise<void> {
    for (const entry of await this.#store.missedRead()) this.#entries.set(entry.reference, entry);
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
    const known = this.#entries.get(reference);
    this.#refusals += 1;
    this.#entries.delete(reference);
    this.#entries.set(reference, {
      reference,
      kind,
      first: known?.first ?? now,
      last: now,
      count: (known?.count ?? 0) + 1,
    });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
    }
    this.#changed();
  }

  /** What is there now was not missed in vain. */
  settle(reference: string): void {
    if (this.#entries.delete(reference)) this.#changed();
  }

  async close(): Promise<void> {
    if (this.#timer !== undefined) this.#write();
    await this.#writing;
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => this.#write(), WRITE_MS).unref();
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing
      .then(() => this.#store.missedWrite([...this.#entries.values()]))
      .catch((error: unknown) =>
        this.#log.warn('the ledger of what was missed could not be written', { error }),
      );
  }
}
