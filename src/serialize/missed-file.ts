// The ledger on disk: what was refused for want of an upstream, one JSON file beside the folders.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { attempt } from './errors.ts';
import type { Layout } from './layout.ts';
import type { Log } from '../log/log.ts';
import { createFile, openRegular, readFully, syncDirectory } from './regular-file.ts';
import type { HeldLock, UpdateLocks } from './update-lock.ts';

/** One thing that somebody asked for and could not have. */
export interface Missed {
  /** `registry/repository:tag` or `registry/repository@digest`. */
  readonly reference: string;
  readonly kind: 'manifest' | 'blob';
  /** ISO times. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

const fileName = 'missed.json';
const maxBytes = 16 * 1024 * 1024;

const schema = z.object({
  version: z.literal(1),
  missed: z.array(
    z.object({
      reference: z.string().min(1),
      kind: z.enum(['manifest', 'blob']),
      first: z.iso.datetime(),
      last: z.iso.datetime(),
      count: z.int().positive(),
    }),
  ),
});

async function readMissed(
  opened: Exclude<Awaited<ReturnType<typeof openRegular>>, 'missing'>,
): Promise<readonly Missed[]> {
  if (opened === 'foreign') throw new Error('it is not a regular file');
  const { handle, stats } = opened;
  try {
    if (stats.size > BigInt(maxBytes)) throw new Error(`it has ${String(stats.size)} bytes`);
    const bytes = Buffer.alloc(Number(stats.size));
    await readFully(handle, bytes, bytes.length, 0);
    return schema.parse(JSON.parse(bytes.toString())).missed;
  } finally {
    await handle.close();
  }
}

export class MissedFile {
  readonly #layout: Layout;
  readonly #path: string;
  readonly #locks: UpdateLocks;
  readonly #uniqueName: () => string;
  readonly #log: Log;

  constructor(context: { layout: Layout; locks: UpdateLocks; uniqueName: () => string; log: Log }) {
    this.#layout = context.layout;
    this.#path = join(context.layout.root, fileName);
    this.#locks = context.locks;
    this.#uniqueName = context.uniqueName;
    this.#log = context.log;
  }

  /** What was written last; a damaged file is as good as none, for the ledger only ever helps. */
  async read(): Promise<readonly Missed[]> {
    const opened = await openRegular(this.#path);
    if (opened === 'missing') return [];
    try {
      return await readMissed(opened);
    } catch (error) {
      this.#log.warn('the ledger of what was missed cannot be read; starting a new one', {
        path: this.#path,
        error,
      });
      return [];
    }
  }

  /** @throws {StoreError} */
  async update(change: (current: readonly Missed[]) => readonly Missed[]): Promise<void> {
    await this.#locks.run('missed', async (lock) => this.#write(change(await this.read()), lock));
  }

  async #write(missed: readonly Missed[], lock: HeldLock): Promise<void> {
    const temporary = join(this.#layout.pulls, `${this.#uniqueName()}.tmp`);
    const text = `${JSON.stringify({ version: 1, missed }, undefined, 2)}\n`;
    try {
      const handle = await createFile(temporary);
      try {
        await attempt('write', temporary, handle.writeFile(text));
        await lock.confirm();
      } finally {
        await handle.close();
      }
      await attempt('rename', this.#path, rename(temporary, this.#path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // swept at the next start otherwise
      throw error;
    }
    await syncDirectory(this.#layout.root);
  }
}
