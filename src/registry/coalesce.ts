// One piece of work for everybody who wants the same thing at the same time.
import { runQueue } from '../thread/run-queue.ts';

/** Joins callers of one key to the work that is under way for it; what has ended is forgotten. */
export class Coalesced<T> {
  readonly #running = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running !== undefined) return runQueue.after(running);
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }
}
