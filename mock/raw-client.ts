// A client for the mock's own tests that sees what is on the wire: what came, and how it ended.
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

export interface RawResponse {
  readonly status: number;
  /** by lower-case name */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** how the connection ended */
  readonly end: 'fin' | 'reset';
}

/** Sends one GET (or another method) and reads until the connection ends; asks for no keep-alive unless told. */
export async function rawRequest(
  port: number,
  path: string,
  { method = 'GET', headers = {}, keepAlive = false }: RawOptions = {},
): Promise<RawResponse> {
  const socket = connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  let end: RawResponse['end'] = 'fin';
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {
    end = 'reset';
  });
  const lines = Object.entries({
    Host: `127.0.0.1:${port}`,
    Connection: keepAlive ? 'keep-alive' : 'close',
    ...headers,
  });
  socket.write(
    `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
  );
  await new Promise((resolve) => socket.once('close', resolve));
  await turn();
  const bytes = Buffer.concat(chunks);
  const blank = bytes.indexOf('\r\n\r\n');
  const [first = '', ...rest] = bytes.subarray(0, Math.max(blank, 0)).toString('latin1').split('\r\n');
  return {
    status: Number(first.split(' ')[1] ?? 0),
    headers: Object.fromEntries(
      rest.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    ),
    body: blank < 0 ? Buffer.alloc(0) : bytes.subarray(blank + 4),
    end,
  };
}

export interface RawOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly keepAlive?: boolean;
}
