// The thread that hashes files while they are written: it follows each as far as it was told, all in turns.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HashAnswer, HashOrder } from './hash-thread.ts';

interface Followed {
  readonly fd: number;
  readonly hash: Hash;
  hashed: number;
  size: number;
  /** The request for the digest, to be answered when all is hashed. */
  asked?: number;
  error?: unknown;
}

/** How much of one file is hashed before the next one has its turn. */
const TURN = 1024 * 1024;

const buffer = Buffer.allocUnsafeSlow(256 * 1024);
const files = new Map<number, Followed>();
let running = false;

function answer(message: HashAnswer): void {
  parentPort?.postMessage(message);
}

function obey(order: HashOrder): void {
  switch (order.kind) {
    case 'follow': {
      const { id, fd, algorithm, size } = order;
      const file = files.get(id) ?? { fd, hash: createHash(algorithm), hashed: 0, size };
      file.size = size;
      files.set(id, file);
      break;
    }
    case 'digest': {
      const file = files.get(order.id);
      if (file === undefined) answer({ request: order.request, error: new Error('nothing was followed') });
      else file.asked = order.request;
      break;
    }
    case 'forget': {
      const asked = files.get(order.id)?.asked;
      files.delete(order.id);
      if (asked !== undefined) answer({ request: asked, error: new Error('the file was given up') });
      answer({ request: order.request });
    }
  }
}

function advance(file: Followed): void {
  const end = Math.min(file.size, file.hashed + TURN);
  while (file.hashed < end) {
    const bytes = readSync(file.fd, buffer, 0, Math.min(buffer.length, end - file.hashed), file.hashed);
    if (bytes === 0) throw new Error(`the file ended at byte ${file.hashed} of ${file.size}`);
    file.hash.update(buffer.subarray(0, bytes));
    file.hashed += bytes;
  }
}

/** A turn for each file; orders that have come meanwhile are read between the rounds. */
function round(): void {
  running = false;
  for (const file of files.values()) {
    try {
      if (file.error === undefined) advance(file);
    } catch (error) {
      file.error = error;
    }
    const over = file.error !== undefined || file.hashed === file.size;
    if (!over) run();
    else if (file.asked !== undefined) {
      const { asked: request, error } = file;
      delete file.asked;
      answer(error === undefined ? { request, hex: file.hash.copy().digest('hex') } : { request, error });
    }
  }
}

function run(): void {
  if (running) return;
  running = true;
  setImmediate(round);
}

parentPort?.on('message', (order: HashOrder) => {
  obey(order);
  run();
});
