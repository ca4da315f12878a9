// Who comes with a crowd goes on one after another, a few in each turn of the event loop, so that no turn is long.
import { nextTick } from 'node:process';

/** Long enough to do a hundred things, short enough that a turn in which much else comes up is no long one. */
const TURN_MS = 5;

/**
 * First come, first served. A thousand requests at once, or a thousand readers of a blob who learn that there is more of
 * it, would take a turn of the event loop together; here they take as many as they need, and what comes up meanwhile,
 * a probe of a kubelet say, is seen in between. Who is alone waits for nobody.
 */
export class RunQueue {
  readonly #waiting: (() => void)[] = [];
  #began = performance.now();
  #isCalling = false;

  /** Whether somebody whom the event loop itself calls may go on at once; otherwise he waits for his turn. */
  get isFree(): boolean {
    return this.#waiting.length === 0 && !this.#isOver();
  }

  /** Ends when everybody who came before has gone on, as far as he gets without waiting for something. */
  turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#isCalling) return;
      this.#isCalling = true;
      nextTick(() => this.#call());
    });
  }

  /** Waits for what others wait for as well, and then for his turn. */
  async after<T>(shared: Promise<T>): Promise<T> {
    try {
      return await shared;
    } finally {
      await this.turn();
    }
  }

  /** A turn that began long ago may have ended unseen. To wait for the next one then costs little, and is rare. */
  #isOver(): boolean {
    return performance.now() - this.#began >= TURN_MS;
  }

  #call(): void {
    if (this.#isOver()) {
      setImmediate(() => {
        this.#began = performance.now();
        this.#call();
      });
      return;
    }
    const next = this.#waiting.shift();
    this.#isCalling = next !== undefined;
    next?.();
    // After whatever he does in promises: only then it is known how long he takes.
    if (next !== undefined) queueMicrotask(() => nextTick(() => this.#call()));
  }
}

/** That of this thread's event loop. */
export const runQueue = new RunQueue();
