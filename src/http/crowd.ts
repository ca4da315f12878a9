// How many clients may be connected. They get two thirds of the descriptors that this process may have, so that there are
// some for what they pull, for upstreams, and for whoever asks whether it is well; who comes too late is told to come back.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { OciError } from '../oci/errors.ts';
import { refuse } from './refuse.ts';
import type { RefusalOptions } from './refuse.ts';

/** Descriptors that clients have nothing to do with. */
const OWN = 200;
const RETRY_AFTER_S = 5;
const TELL_MS = 60_000;

/** How many clients may be connected where so many files may be open. */
export function mostConnections(openFiles: number): number {
  return Math.floor(Math.max(openFiles / 4, ((openFiles - OWN) * 2) / 3));
}

const tooMany = new OciError('TOOMANYREQUESTS', 'too many clients are connected; try again in a moment', {
  status: 503,
  headers: { 'Retry-After': String(RETRY_AFTER_S) },
});

export class Crowd {
  readonly #most: number;
  readonly #options: RefusalOptions;
  readonly #late = new Set<Socket>();
  #connected = 0;
  #told = -Infinity;

  constructor(most: number, options: RefusalOptions) {
    this.#most = most;
    this.#options = options;
  }

  /** Counts who connects to a server; before it listens. */
  watch(server: Server, event: 'connection' | 'secureConnection'): void {
    server.on(event, (socket: Socket) => this.#came(socket));
  }

  /** Whether there is room for a client; otherwise it has been told, and is disconnected. */
  admits(incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    if (this.#connected <= (this.#most * 7) / 8) return true;
    // A connection that is kept for another request is worth less than one that comes.
    outgoing.shouldKeepAlive = false;
    if (!this.#late.has(incoming.socket)) return true;
    return refuse(tooMany, incoming, outgoing, this.#options);
  }

  #came(socket: Socket): void {
    this.#connected += 1;
    socket.once('close', () => {
      this.#connected -= 1;
      this.#late.delete(socket);
    });
    if (this.#connected <= this.#most) return;
    this.#tell();
    // They can be told only as long as there are descriptors for it.
    if (this.#late.size < this.#most / 4) this.#late.add(socket);
    else socket.destroy();
  }

  #tell(): void {
    const now = performance.now();
    if (now - this.#told < TELL_MS) return;
    this.#told = now;
    this.#options.log.warn(
      'clients have taken their two thirds of the open files; others are told to come back: raise the limit (ulimit -n, LimitNOFILE)',
      { most: this.#most },
    );
  }
}
