// An upstream on bare sockets that answers as it likes and does not end, and counts what it was let get away with.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Writes an answer to one request, of which it gets the first line; `gone` when the other side has left. */
export type Answer = (socket: Socket, gone: AbortSignal, requestLine: string) => Promise<void>;

export interface HostileUpstream extends AsyncDisposable {
  readonly host: string;
  readonly requests: number;
  /** Connections that are open. */
  readonly open: number;
  /** Bytes that the other side has taken, or its kernel and ours have for it. */
  readonly bytes: number;
}

export async function startHostile(answer: Answer): Promise<HostileUpstream> {
  const sockets = new Set<Socket>();
  let requests = 0;
  let bytes = 0;
  const server = createServer((socket) => {
    const gone = new AbortController();
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      bytes += socket.bytesWritten - socket.writableLength;
      gone.abort();
    });
    let head = '';
    socket.on('data', (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.endsWith('\r\n\r\n')) return;
      const [requestLine = ''] = head.split('\r\n');
      head = '';
      requests += 1;
      answer(socket, gone.signal, requestLine).catch(() => undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    get open() {
      return sockets.size;
    },
    get bytes() {
      return [...sockets].reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, bytes);
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A head, and then the same piece again and again, as fast as it is taken, until the other side leaves. */
export function endless(head: string, piece: string | Buffer): Answer {
  return async (socket, gone) => {
    socket.write(head);
    while (!gone.aborted) {
      if (!socket.write(piece)) await once(socket, 'drain', { signal: gone });
    }
  };
}
