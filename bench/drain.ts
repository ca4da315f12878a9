// Downloads over some connections, again and again, and lets the kernel throw away what comes: a client that copies what it
// gets is slower than a server that does not. `node bench/drain.ts PORT PATH CONNECTIONS SECONDS` prints MB/s.
import { dlopen } from 'node:ffi';
import { compileNoDirectCalls } from '../src/http/libc.ts';

const AF_INET = 2;
const SOCK_STREAM = 1;
const POLLIN = 1;
const MSG_DONTWAIT = 0x40;
/** Of TCP: what is received is dropped, and not copied. @see tcp(7) */
const MSG_TRUNC = 0x20;
/** One entry of poll(2): a descriptor, what is waited for, what has happened. */
const POLLFD = 8;
/** Nothing for so long, in milliseconds: the server is not well. */
const SILENCE_MS = 10_000;
const MOST = 4 * 1024 * 1024;

compileNoDirectCalls();
const { functions: libc } = dlopen(null, {
  socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
  connect: { arguments: ['i32', 'buffer', 'u32'], return: 'i32' },
  send: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  recv: { arguments: ['i32', 'buffer', 'u64', 'i32'], return: 'i64' },
  poll: { arguments: ['buffer', 'u64', 'i32'], return: 'i32' },
});

interface Stream {
  readonly fd: number;
  head: string;
  /** Bytes of the body that are still to come; undefined before it begins. */
  left: number | undefined;
}

const [port, path = '', count, seconds] = process.argv.slice(2);
const request = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: bench\r\n\r\n`);
const buffer = Buffer.allocUnsafeSlow(64 * 1024);
const streams = Array.from({ length: Number(count) }, () => opened(Number(port)));
const polled = Buffer.alloc(streams.length * POLLFD);
for (const [index, { fd }] of streams.entries()) {
  polled.writeInt32LE(fd, index * POLLFD);
  polled.writeInt16LE(POLLIN, index * POLLFD + 4);
}

let bytes = 0;
const start = performance.now();
const until = start + Number(seconds) * 1000;
for (const stream of streams) ask(stream);
for (let open = streams.length; open > 0;) {
  if (libc.poll(polled, BigInt(streams.length), SILENCE_MS) <= 0) throw new Error('nothing comes any more');
  for (const [index, stream] of streams.entries()) {
    if (polled.readInt16LE(index * POLLFD + 6) === 0) continue;
    if (!receive(stream)) continue;
    if (performance.now() < until) ask(stream);
    else {
      open -= 1;
      // poll(2) passes over what is negative.
      polled.writeInt32LE(-1, index * POLLFD);
    }
  }
}
console.info(JSON.stringify({ 'MB/s': bytes / 1000 / (performance.now() - start) }));

function opened(to: number): Stream {
  const address = Buffer.alloc(16);
  address.writeUInt16LE(AF_INET);
  address.writeUInt16BE(to, 2);
  address.set([127, 0, 0, 1], 4);
  const fd = libc.socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || libc.connect(fd, address, address.length) < 0) throw new Error(`no connection to port ${to}`);
  return { fd, head: '', left: undefined };
}

function ask(stream: Stream): void {
  stream.head = '';
  stream.left = undefined;
  if (libc.send(stream.fd, request, BigInt(request.length), 0) < 0n) throw new Error('the server hung up');
}

/** Takes what has come; returns whether that was the end of the answer. */
function receive(stream: Stream): boolean {
  const { fd, left } = stream;
  const [length, drop] = left === undefined ? [buffer.length, 0] : [Math.min(left, MOST), MSG_TRUNC];
  // What is dropped is never written to the buffer, however long it is.
  const received = Number(libc.recv(fd, buffer, BigInt(length), MSG_DONTWAIT | drop));
  if (received <= 0) throw new Error('the answer broke off');
  if (left !== undefined) {
    bytes += received;
    stream.left = left - received;
    return stream.left === 0;
  }
  stream.head += buffer.toString('latin1', 0, received);
  const end = stream.head.indexOf('\r\n\r\n');
  if (end < 0) return false;
  if (!stream.head.startsWith('HTTP/1.1 200 ')) throw new Error(stream.head.slice(0, end));
  const body = stream.head.length - end - 4;
  bytes += body;
  stream.left = Number(/^content-length: *(\d+)/im.exec(stream.head)?.[1]) - body;
  return stream.left === 0;
}
