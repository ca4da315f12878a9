// The C library of a Linux system, as far as Node lacks what it has: sendfile(2), mincore(2), and datagrams to Unix sockets.
import { platform } from 'node:os';
import { setFlagsFromString } from 'node:v8';

const PROT_NONE = 0;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const SC_PAGESIZE = 30;

export type Libc = Awaited<ReturnType<typeof loadLibc>>;

/**
 * To be called before anything is called through node:ffi. V8's compiler makes direct calls of those that are called often,
 * and about one short run in a hundred of the benchmark's client died: of a failed check of the compiler (`ArityForArgc`), or
 * of SIGSEGV (Node 26.10). Without them none of 500 did, and the benchmark's rows are what they were.
 */
export function compileNoDirectCalls(): void {
  setFlagsFromString('--no-turbo-fast-api-calls');
}

/**
 * Finds the functions in the running program, which has them whichever C library it is linked with.
 * @throws {Error} where there is no Linux, where Node has no node:ffi or may not use it, or where a function is missing
 */
export async function loadLibc() {
  // Elsewhere the same names have other parameters.
  if (platform() !== 'linux') throw new Error('this is not Linux');
  compileNoDirectCalls();
  // Here and not above: who does not want it never loads what is experimental.
  const { dlopen } = await import('node:ffi');
  const { functions } = dlopen(null, {
    sendfile: { arguments: ['i32', 'i32', 'buffer', 'u64'], return: 'i64' },
    mmap: { arguments: ['pointer', 'u64', 'i32', 'i32', 'i32', 'i64'], return: 'pointer' },
    munmap: { arguments: ['pointer', 'u64'], return: 'i32' },
    mincore: { arguments: ['pointer', 'u64', 'buffer'], return: 'i32' },
    sysconf: { arguments: ['i32'], return: 'i64' },
    memfd_create: { arguments: ['string', 'u32'], return: 'i32' },
    ftruncate: { arguments: ['i32', 'i64'], return: 'i32' },
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    sendto: { arguments: ['i32', 'buffer', 'u64', 'i32', 'buffer', 'u32'], return: 'i64' },
    socketpair: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
    read: { arguments: ['i32', 'buffer', 'u64'], return: 'i64' },
    write: { arguments: ['i32', 'buffer', 'u64'], return: 'i64' },
    close: { arguments: ['i32'], return: 'i32' },
  });
  return {
    ...functions,
    pageSize: (): number => Number(functions.sysconf(SC_PAGESIZE)),
    /** Maps a part of a file that nobody will touch, only ask about; undefined where it cannot be. */
    map(fd: number, position: number, length: number): bigint | undefined {
      const address = functions.mmap(null, BigInt(length), PROT_NONE, MAP_SHARED, fd, BigInt(position));
      return address === MAP_FAILED ? undefined : address;
    },
  };
}
