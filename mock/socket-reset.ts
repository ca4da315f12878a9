// A TCP reset that loses nothing of what was written before it.
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resets a connection once its peer's kernel has everything that was written: a reset throws away what is
 * still queued, and then a test that says "after 65,536 bytes" would mean "after some".
 */
export async function resetSocket(socket: Socket): Promise<void> {
  while (!socket.destroyed && (await unacknowledged(socket)) > 0) await sleep(1);
  if (!socket.destroyed) socket.resetAndDestroy();
}

/** Bytes in the kernel's send queue. Linux tells; elsewhere the queue is taken to be empty. */
async function unacknowledged({ localPort = 0, remotePort = 0 }: Socket): Promise<number> {
  const ends = new RegExp(`:${port(localPort)} [0-9A-F]+:${port(remotePort)} [0-9A-F]{2} ([0-9A-F]{8}):`);
  for (const table of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    const [, queue] = ends.exec(await readFile(table, 'utf8').catch(() => '')) ?? [];
    if (queue !== undefined) return Number.parseInt(queue, 16);
  }
  return 0;
}

function port(number: number): string {
  return number.toString(16).toUpperCase().padStart(4, '0');
}
