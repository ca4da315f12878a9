// sendfile(2) through node:ffi: bytes from the page cache to a socket that never pass through this process.
import type { Socket } from 'node:net';
import type { BlobFile } from '../serialize/store.ts';
import type { Libc } from './libc.ts';

/** What one call moves at most, so that no client keeps the event loop from the others. */
const CALL = 2 * 1024 * 1024;
/** A call that takes so long has waited for a disk, whatever the kernel said was in memory. */
const STALL_MS = 20;

/** Sends bytes of files to plain sockets, without ever waiting for a disk or a client. */
export class Sendfile {
  readonly #libc: Libc;
  readonly #pageSize: number;
  readonly #residency: Buffer;
  /** Where sendfile reads from, and where it leaves off. */
  readonly #position = new BigInt64Array(1);
  readonly #stalled = new WeakSet<BlobFile>();

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#pageSize = libc.pageSize();
    this.#residency = Buffer.allocUnsafeSlow(Math.ceil(CALL / this.#pageSize) + 1);
  }

  /**
   * Hands the kernel as many bytes of a file as the socket has room for now; 0 when there is none. Errors are 0 as well:
   * the ordinary write that must follow meets the same one, and Node knows how to tell it.
   * @returns undefined where it has to be the ordinary way: the socket has TLS or something left to write, the bytes are
   * in no file, or not in memory
   */
  send(socket: Socket | null, file: BlobFile, position: number, length: number): number | undefined {
    const to = socket === null ? undefined : descriptorOf(socket);
    const from = file.fd;
    if (to === undefined || from === undefined || from < 0 || this.#stalled.has(file)) return undefined;
    const count = this.resident(from, position, Math.min(length, CALL));
    if (count === 0) return undefined;
    this.#position[0] = BigInt(position);
    const began = performance.now();
    const sent = Number(this.#libc.sendfile(to, from, this.#position, BigInt(count)));
    // Of a file that is not ours, Linux says that all of it is in memory.
    if (performance.now() - began > STALL_MS) this.#stalled.add(file);
    return Math.max(0, sent);
  }

  /** How many bytes from a position on are in memory: to wait for any other would stop every client. */
  resident(fd: number, position: number, length: number): number {
    const skipped = position % this.#pageSize;
    const span = skipped + length;
    const mapping = this.#libc.map(fd, position - skipped, span);
    if (mapping === undefined) return 0;
    const failed = this.#libc.mincore(mapping, BigInt(span), this.#residency) !== 0;
    this.#libc.munmap(mapping, BigInt(span));
    if (failed) return 0;
    const pages = Math.ceil(span / this.#pageSize);
    let present = 0;
    // The other bits of each byte mean nothing.
    while (present < pages && ((this.#residency[present] ?? 0) & 1) === 1) present += 1;
    return Math.max(0, Math.min(length, present * this.#pageSize - skipped));
  }
}

/** Read anew for each call: once it is closed, the number may be another connection's. */
function descriptorOf(socket: Socket): number | undefined {
  if (!socket.writable || socket.writableLength > 0 || 'encrypted' in socket) return undefined;
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd !== undefined && handle.fd >= 0 ? handle.fd : undefined;
}
