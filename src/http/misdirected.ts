// Clients that speak plain HTTP where TLS is spoken, or the other way round: who runs them learns it from the log.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Log } from '../log/log.ts';

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

/** How a record of TLS that opens a connection begins. */
const HANDSHAKE = 0x16;

const answers: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Notes TLS on a port of plain HTTP, and answers what is no request as Node does where nobody looks. */
export function noteTlsClients(server: Server, log: Log): void {
  server.on('clientError', (error: ClientError, socket: Socket) => {
    if (error.rawPacket?.[0] === HANDSHAKE) {
      log.info('a client spoke TLS, and here is plain HTTP: give it an http:// address, or set server_tls', {
        client: socket.remoteAddress,
      });
    }
    // Not into an answer. Go's clients, which most runtimes are, tell from this one that it is plain HTTP.
    if (socket.writable && socket.bytesWritten === 0) {
      const status = answers[error.code ?? ''] ?? '400 Bad Request';
      socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroySoon();
  });
}

/** Notes what has come to no TLS connection; Node has closed it. */
export function noteFailedHandshakes(server: Server, log: Log): void {
  server.on('tlsClientError', (error: NodeJS.ErrnoException, { remoteAddress: client }: Socket) => {
    if (error.code === 'ERR_SSL_HTTP_REQUEST') {
      log.info('a client spoke plain HTTP, and here is TLS: give it an https:// address', { client });
    } else if (error.code === 'ECONNRESET') {
      // Whoever looks whether the port is open.
      log.debug('a client left before TLS was agreed', { client });
    } else {
      log.info('no TLS was agreed with a client', { client, error });
    }
  });
}
