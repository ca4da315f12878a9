// The latest failure of an endpoint, for the people who ask why something is not there.
import { UpstreamError } from './errors.ts';
import type { Exchange } from './transport.ts';

export interface LastFailure {
  /** As people read it; it holds no secret. */
  readonly reason: string;
  readonly at: Date;
}

/** Remembers what failed on behalf of an endpoint, wherever: at itself, at its token service, behind its redirects. */
export class Failures {
  readonly #now: () => Date;
  #last: LastFailure | undefined;

  constructor(now: () => Date) {
    this.#now = now;
  }

  get last(): LastFailure | undefined {
    return this.#last;
  }

  /** Hands a failure on, having noted it. That a registry does not have something is none, nor that we called it off. */
  noted(error: unknown, { signal }: Pick<Exchange, 'signal'>): unknown {
    const absent = error instanceof UpstreamError && (error.status === 404 || error.status === 410);
    if (error instanceof UpstreamError && !absent && signal?.aborted !== true) {
      this.#last = { reason: error.reason, at: this.#now() };
    }
    return error;
  }
}
