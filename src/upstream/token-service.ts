// The way to an endpoint's token service, with a breaker of its own: it may be dark while the registry answers 401.
import { Breaker } from './breaker.ts';
import type { BreakerOptions, BreakerState } from './breaker.ts';
import { readBounded } from './body.ts';
import { UpstreamError } from './errors.ts';
import type { Exchange, Lane, Reply, Transport } from './transport.ts';

export interface TokenServiceOptions extends Pick<BreakerOptions, 'now' | 'times'> {
  readonly transport: Transport;
  /** Of the registry: what goes there is its own breaker's affair. */
  readonly ownHost: string;
}

const MAX_PROBE_BYTES = 64 * 1024;

export class TokenService implements Transport {
  readonly #options: TokenServiceOptions;
  /** Of the service that was asked last; a registry names it anew with each challenge. */
  #latest: { readonly host: string; readonly breaker: Breaker } | undefined;

  constructor(options: TokenServiceOptions) {
    this.#options = options;
  }

  /** How it fares, where it is a host of its own that was asked. */
  get state(): { readonly state: BreakerState; readonly since: Date } | undefined {
    return this.#latest?.breaker;
  }

  /** @throws {UpstreamError} `dark`, at once, while it is */
  async send(exchange: Exchange, lane: Lane): Promise<Reply> {
    const { transport, ownHost } = this.#options;
    if (exchange.url.host === ownHost) return transport.send(exchange, lane);
    const breaker = this.#breakerOf(exchange.url);
    breaker.admit(exchange);
    const sent = performance.now();
    let reply: Reply;
    try {
      reply = await transport.send(exchange, lane);
    } catch (error) {
      const failure = inTime(error, exchange);
      if (failure instanceof UpstreamError) breaker.failed(failure, sent);
      throw failure;
    }
    if (reply.status < 500) breaker.answered();
    else
      breaker.failed(
        new UpstreamError('status', String(reply.status), { ...exchange, status: reply.status }),
      );
    return reply;
  }

  /** Ends probing. */
  close(): void {
    this.#latest?.breaker.close();
  }

  #breakerOf(url: URL): Breaker {
    if (this.#latest?.host === url.host) return this.#latest.breaker;
    this.#latest?.breaker.close();
    const { transport, ownHost: _own, ...options } = this.#options;
    const probe: Exchange = { method: 'GET', url: new URL(url.pathname, url), headers: {} };
    const breaker = new Breaker({
      ...options,
      // Any answer will do, and most say what they miss in the question.
      probe: async () => {
        const reply = await transport.send(probe, 'manifests');
        await readBounded(reply, MAX_PROBE_BYTES, probe).catch(() => undefined);
      },
    });
    this.#latest = { host: url.host, breaker };
    return breaker;
  }
}

/** Who asks for a token calls it off for one reason: it has taken too long. */
function inTime(error: unknown, exchange: Exchange): unknown {
  if (exchange.signal?.aborted !== true) return error;
  return new UpstreamError('timeout', 'the token service did not answer in time', {
    ...exchange,
    cause: error,
  });
}
