// Whether sendfile works here: tried once at start, on memory and a pair of sockets of our own.
import type { Log } from '../log/log.ts';
import { loadLibc } from './libc.ts';
import type { Libc } from './libc.ts';
import { Sendfile } from './sendfile.ts';

const MFD_CLOEXEC = 1;
const AF_UNIX = 1;
/** SOCK_STREAM, SOCK_NONBLOCK and SOCK_CLOEXEC. */
const STREAM = 0o2004001;

/** Undefined, and one line in the log, where it cannot be used: bodies are read and written there. */
export async function openSendfile(log: Log): Promise<Sendfile | undefined> {
  try {
    const libc = await loadLibc();
    const sendfile = new Sendfile(libc);
    probe(libc, sendfile);
    return sendfile;
  } catch (error) {
    log.info('blobs are sent without sendfile', { reason: String(error) });
    return undefined;
  }
}

/** @throws {Error} when bytes do not arrive as they were sent, or the kernel does not tell what is in memory */
function probe(libc: Libc, sendfile: Sendfile): void {
  const page = libc.pageSize();
  const sample = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
  const fd = checked('memfd_create', libc.memfd_create('ociregistry-probe', MFD_CLOEXEC));
  try {
    checked('write', libc.write(fd, sample, BigInt(sample.length)));
    // The second page is a hole, of which nothing is in memory.
    checked('ftruncate', libc.ftruncate(fd, BigInt(2 * page)));
    const present = sendfile.resident(fd, 1, 2 * page - 1);
    if (present !== page - 1) throw new Error(`mincore found ${present} bytes in memory, not ${page - 1}`);
    const got = passed(libc, fd, sample.length);
    if (!got.equals(sample)) throw new Error('sendfile sent other bytes');
  } finally {
    libc.close(fd);
  }
}

/** What comes out of a socket when the beginning of a file is put into it. */
function passed(libc: Libc, fd: number, length: number): Buffer {
  const ends = new Int32Array(2);
  checked('socketpair', libc.socketpair(AF_UNIX, STREAM, 0, ends));
  const [to = -1, from = -1] = ends;
  try {
    const target = Buffer.alloc(length + 1);
    checked('sendfile', libc.sendfile(to, fd, new BigInt64Array(1), BigInt(length)));
    const bytes = checked('read', libc.read(from, target, BigInt(target.length)));
    return target.subarray(0, Number(bytes));
  } finally {
    libc.close(to);
    libc.close(from);
  }
}

function checked<T extends number | bigint>(name: string, result: T): T {
  if (result < 0) throw new Error(`${name} fails`);
  return result;
}
