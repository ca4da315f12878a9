// The ledger on disk: what was refused for want of an upstream, one JSON file beside the folders.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { attempt } from './errors.ts';
import type { Layout } from './layout.ts';
import type { Log } from '../log/log.ts';
import { createFile, fileSignature, openRegular, readFully, syncDirectory } from './regular-file.ts';
import type { HeldLock, UpdateLocks } from './update-lock.ts';

/** What can be missed: content, or what a repository can say of itself. */
export const missedKinds = ['manifest', 'blob', 'tags', 'referrers'] as const;

/** One thing that somebody asked for and could not have, or could have only because an upstream was there. */
export interface Missed {
  /** `registry/repository:tag` or `registry/repository@digest`; of tags it is the repository alone. */
  readonly reference: string;
  readonly kind: (typeof missedKinds)[number];
  /** Of a blob: the image that has it, as `registry/repository:tag@digest` with or without its tag. */
  readonly image?: string;
  /** An upstream gave it, which a rehearsal takes for gone. */
  readonly rehearsed?: true;
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
      kind: z.enum(missedKinds),
      image: z.string().min(1).exactOptional(),
      rehearsed: z.literal(true).exactOptional(),
      first: z.iso.datetime(),
      last: z.iso.datetime(),
      count: z.int().positive(),
    }),
  ),
});

/** The file as it was when it had this signature. */
interface Reading {
  readonly signature: string;
  readonly missed: readonly Missed[];
}

async function readMissed(path: string, last: Reading | undefined): Promise<Reading | undefined> {
  const opened = await openRegular(path);
  if (opened === 'missing') return undefined;
  if (opened === 'foreign') throw new Error('it is not a regular file');
  const { handle, stats } = opened;
  const signature = fileSignature(stats);
  try {
    if (signature === last?.signature) return last;
    if (stats.size > BigInt(maxBytes)) throw new Error(`it has ${String(stats.size)} bytes`);
    const bytes = Buffer.alloc(Number(stats.size));
    await readFully(handle, bytes, bytes.length, 0);
    return { signature, missed: schema.parse(JSON.parse(bytes.toString())).missed };
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
  #last: Reading | undefined;

  constructor(context: { layout: Layout; locks: UpdateLocks; uniqueName: () => string; log: Log }) {
    this.#layout = context.layout;
    this.#path = join(context.layout.root, fileName);
    this.#locks = context.locks;
    this.#uniqueName = context.uniqueName;
    this.#log = context.log;
  }

  /** What was written last; a damaged file is as good as none, for the ledger only ever helps. */
  async read(): Promise<readonly Missed[]> {
    try {
      this.#last = await readMissed(this.#path, this.#last);
      return this.#last?.missed ?? [];
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
