// A rate over the last seconds: what the line gives now, not what it gave on average since the beginning.

const WINDOW_MS = 5000;

export class Rate {
  #samples: { readonly at: number; readonly bytes: number }[] = [];

  /**
   * Notes how many bytes have come by now.
   * @param at milliseconds
   * @returns bytes per second; 0 while it is not known
   */
  note(at: number, bytes: number): number {
    this.#samples.push({ at, bytes });
    const from = this.#samples.findLastIndex((sample) => sample.at <= at - WINDOW_MS);
    if (from > 0) this.#samples = this.#samples.slice(from);
    const [first] = this.#samples;
    if (first === undefined || at - first.at < 200) return 0;
    return ((bytes - first.bytes) / (at - first.at)) * 1000;
  }
}
