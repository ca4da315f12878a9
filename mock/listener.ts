// A listener: one port of a mock, with or without TLS, that can be closed and opened again.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { createAdaptorServer } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Connections } from './connections.ts';

export interface ListenerTls {
  /** PEM */
  readonly cert: string;
  /** PEM */
  readonly key: string;
  /** PEM of the authority that clients must have a certificate of; without it none is asked for */
  readonly clientCa?: string;
}

export interface ListenerOptions {
  /** address to listen on; default 127.0.0.1 */
  readonly host?: string;
  /** default 0: any that is free, kept from then on */
  readonly port?: number;
  readonly tls?: ListenerTls;
  /** the name that stands in its URLs, such as localhost; default its address */
  readonly name?: string;
}

export type Serve = (
  listener: Listener,
  request: Request,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
) => Promise<void>;

export class Listener {
  readonly connections = new Connections();
  readonly #options: ListenerOptions;
  readonly #serve: Serve;
  #port: number;
  #server: Server | undefined;

  constructor(options: ListenerOptions, serve: Serve) {
    this.#options = options;
    this.#serve = serve;
    this.#port = options.port ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  /** `127.0.0.1:PORT`, as it stands in the name of an image. */
  get host(): string {
    const { host = '127.0.0.1', name = host } = this.#options;
    return `${name.includes(':') ? `[${name}]` : name}:${this.#port}`;
  }

  get origin(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.host}`;
  }

  async start(): Promise<void> {
    if (this.#server !== undefined) return;
    const { tls, host = '127.0.0.1' } = this.#options;
    const plain = this.#httpServer(undefined);
    const speaker = tls === undefined ? plain : this.#httpServer(tls);
    // TCP is accepted apart from HTTP, so that a connection can be ill-treated before a byte of it is read.
    const server = createServer({ allowHalfOpen: tls === undefined, noDelay: true }, (socket) => {
      this.#accept(socket, speaker, plain);
    });
    server.listen(this.#port, host);
    await once(server, 'listening');
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Breaks every connection and refuses new ones. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    this.connections.destroyAll();
    await once(server, 'close');
  }

  #accept(socket: Socket, speaker: NodeJS.EventEmitter, plain: NodeJS.EventEmitter): void {
    this.connections.add(socket);
    switch (this.connections.weather) {
      case 'serve':
        return void speaker.emit('connection', socket);
      case 'plain':
        return void plain.emit('connection', socket);
      case 'reset':
        return void socket.resetAndDestroy();
      case 'close':
        return void socket.end();
      case 'silent':
        return;
    }
  }

  #httpServer(tls: ListenerTls | undefined): NodeJS.EventEmitter {
    const server = createAdaptorServer({
      // It would replace the process's own Request and Response, and with them the marker returned below.
      overrideGlobalObjects: false,
      fetch: async (request, env) => {
        const { incoming, outgoing } = env as HttpBindings;
        await this.#serve(this, request, incoming, outgoing);
        return RESPONSE_ALREADY_SENT;
      },
      ...(tls !== undefined && {
        createServer: createHttpsServer,
        serverOptions: {
          cert: tls.cert,
          key: tls.key,
          ...(tls.clientCa !== undefined && {
            ca: tls.clientCa,
            requestCert: true,
            rejectUnauthorized: true,
          }),
        },
      }),
    });
    // Nothing here times out by itself: what happens is what the script says.
    Object.assign(server, { keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 });
    server.on('tlsClientError', () => {
      this.connections.failedHandshakes++;
    });
    return server;
  }
}
