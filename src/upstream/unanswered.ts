// How long an endpoint has left us without any answer: tells a dark link from a slow request before a time limit does.

/** Requests that wait for their headers, in the order in which they were sent. */
export class Unanswered {
  readonly #waiting = new Map<symbol, number>();
  #lastAnswer = -Infinity;

  /** A request has been sent; call what is returned when it was answered (true) or failed (false). */
  sent(): (answered: boolean) => void {
    const id = Symbol('request');
    this.#waiting.set(id, performance.now());
    return (answered) => {
      this.#waiting.delete(id);
      if (answered) this.#lastAnswer = performance.now();
    };
  }

  /** Milliseconds that the oldest request has waited of those since which nothing was answered; 0 without any. */
  get ms(): number {
    for (const sent of this.#waiting.values()) {
      if (sent >= this.#lastAnswer) return performance.now() - sent;
    }
    return 0;
  }
}
