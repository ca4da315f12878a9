// The TCP connections of one listener: counted, and treated as the weather demands.
import type { Socket } from 'node:net';
import { Tally } from './tally.ts';

/**
 * What becomes of a connection: it is served; accepted and never answered; reset or closed at once; or answered in
 * plain HTTP although TLS is spoken here.
 */
export type Weather = 'serve' | 'silent' | 'reset' | 'close' | 'plain';

export class Connections {
  /** Also for requests on connections that are open already, except `plain`. */
  weather: Weather = 'serve';
  /** TLS handshakes that failed, ours or theirs */
  failedHandshakes = 0;
  readonly #accepted = new Tally();
  readonly #sockets = new Map<string, Socket>();

  /** connections accepted since the start, or since `reset` */
  get opened(): number {
    return this.#accepted.count;
  }

  /** connections open now */
  get open(): number {
    return this.#sockets.size;
  }

  /** Resolves when so many connections have been accepted. */
  accepted(count = 1): Promise<void> {
    return this.#accepted.reached(count);
  }

  add(socket: Socket): void {
    const key = peer(socket);
    this.#sockets.set(key, socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      if (this.#sockets.get(key) === socket) this.#sockets.delete(key);
    });
    this.#accepted.add();
  }

  /** The TCP socket beneath a TLS socket, or the same socket without TLS: only that one can be reset. */
  beneath(socket: Socket): Socket {
    return this.#sockets.get(peer(socket)) ?? socket;
  }

  /** Breaks every connection that is open. */
  resetAll(): void {
    for (const socket of this.#sockets.values()) socket.resetAndDestroy();
  }

  destroyAll(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }

  /** Starts counting anew. */
  reset(): void {
    this.#accepted.reset();
    this.failedHandshakes = 0;
  }
}

function peer({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
