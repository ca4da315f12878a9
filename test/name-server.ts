// A DNS server over UDP that knows as many answers as it is given, and asks nobody else.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface NameServer extends Disposable {
  readonly port: number;
  /** Questions for IPv4 addresses so far, of whatever name. */
  readonly asked: number;
}

/** Says with each question what is next in its list, for no longer than that answer: its TTL is 0. */
export async function startNameServer(
  answers: readonly (readonly string[])[],
  { host = '127.0.0.1', port = 0 } = {},
): Promise<NameServer> {
  let asked = 0;
  const socket = createSocket('udp4');
  socket.on('message', (query, peer) => {
    const end = query.indexOf(0, 12) + 5;
    const isA = query.readUInt16BE(end - 4) === 1;
    const addresses = isA ? (answers[Math.min(asked, answers.length - 1)] ?? []) : [];
    if (isA) asked += 1;
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(addresses.length, 6);
    header.fill(0, 8);
    const records = addresses.map((address) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    );
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), peer.port, peer.address);
  });
  socket.bind(port, host);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    get asked() {
      return asked;
    },
    [Symbol.dispose]: () => void socket.close(),
  };
}
