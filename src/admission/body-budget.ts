// How many bytes of reviews are held at once; who comes with more is sent away.
import { OciError } from '../oci/errors.ts';

export class BodyBudget {
  #free: number;

  constructor(bytes: number) {
    this.#free = bytes;
  }

  /**
   * The same bytes, which count until `ended`.
   * @throws {OciError} (while they are read) 503 when there is no room
   */
  async *metered(bytes: AsyncIterable<Uint8Array>, ended: AbortSignal): AsyncGenerator<Uint8Array> {
    let held = 0;
    const release = (): void => {
      this.#free += held;
      held = 0;
    };
    ended.addEventListener('abort', release, { once: true });
    for await (const chunk of bytes) {
      if (ended.aborted) return;
      if (chunk.length > this.#free) {
        throw new OciError('UNAVAILABLE', 'too many reviews at once', {
          status: 503,
          headers: { 'Retry-After': '1', Connection: 'close' },
        });
      }
      this.#free -= chunk.length;
      held += chunk.length;
      yield chunk;
    }
  }
}
