// A TCP balancer, as a cluster has one before its servers: who connects gets one of those that are said to be ready.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** Ports of 127.0.0.1 that new connections are led to, in turn; those that are there stay where they are. */
  ready: readonly number[];
  /** How many connections were led to each port. */
  readonly led: ReadonlyMap<number, number>;
}

export async function startBalancer(): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const led = new Map<number, number>();
  let next = 0;
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const port = balancer.ready[next++ % balancer.ready.length] ?? 0;
    led.set(port, (led.get(port) ?? 0) + 1);
    const behind = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const [from, to] of [
      [client, behind],
      [behind, client],
    ] as const) {
      sockets.add(from);
      from.on('close', () => sockets.delete(from));
      from.on('error', () => to.destroy());
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const balancer: Balancer = {
    port: (server.address() as AddressInfo).port,
    ready: [],
    led,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return balancer;
}
