// A bounded number of things at once, with a bounded line of those who wait.
import { OciError } from '../oci/errors.ts';

export interface SlotsOptions {
  readonly size: number;
  /** Milliseconds that somebody waits before being turned away. */
  readonly waitMs: number;
  readonly maxWaiting: number;
}

export class Slots {
  readonly #options: SlotsOptions;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** How many stand in line. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a slot, first come first served, and returns what gives it back.
   * @throws {OciError} 503 when the line is too long or the wait was
   */
  async take(): Promise<() => void> {
    if (this.#taken < this.#options.size) this.#taken += 1;
    else await this.#queue();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken -= 1;
      else next();
    };
  }

  /** The slot passes from hand to hand: whoever gives it back calls the next in line. */
  async #queue(): Promise<void> {
    if (this.#waiting.length >= this.#options.maxWaiting) throw busy();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(busy());
    }, this.#options.waitMs);
    await promise.finally(() => clearTimeout(timer));
  }
}

function busy(): OciError {
  return new OciError(
    'UNAVAILABLE',
    'too many downloads are running; try again shortly, or raise max_fills',
    {
      status: 503,
      headers: { 'Retry-After': '5' },
    },
  );
}
