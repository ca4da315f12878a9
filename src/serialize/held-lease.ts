// A lease that we have: a file that says whose it is, and that we touch as long as we live.
import { rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { Log } from '../log/log.ts';
import { StoreError } from './errors.ts';
import { identityOf } from './lock-file.ts';
import { openRegular, readFully } from './regular-file.ts';

export interface Lease {
  /** @throws {StoreError} ELOCKED when the process stood still for so long that it was taken for dead */
  confirm(): Promise<void>;
  release(): Promise<void>;
}

const maxNoteBytes = 4096;

const noteSchema = z.object({ holder: z.string(), since: z.iso.datetime() });
type Note = z.output<typeof noteSchema>;

interface HeldFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly inode: bigint;
  readonly beatMs: number;
  readonly log: Log;
  readonly ended: () => void;
}

export class HeldLease implements Lease {
  readonly #file: HeldFile;
  readonly #beat: NodeJS.Timeout;
  #released: Promise<void> | undefined;

  constructor(file: HeldFile) {
    this.#file = file;
    this.#beat = setInterval(() => void this.#touch(), file.beatMs).unref();
  }

  async confirm(): Promise<void> {
    if (await this.#isOurs()) return;
    throw new StoreError('another process took the lease over', { path: this.#file.path, code: 'ELOCKED' });
  }

  /** Says whose it is, for those who wait. On a full disk, where room is wanted most, the name has to do. */
  async sign(note: Note): Promise<void> {
    await this.#file.handle.writeFile(`${JSON.stringify(note)}\n`).catch(() => undefined);
  }

  release(): Promise<void> {
    return (this.#released ??= this.#release());
  }

  async #release(): Promise<void> {
    const { path, handle, log, ended } = this.#file;
    clearInterval(this.#beat);
    try {
      if (await this.#isOurs()) await rm(path, { force: true });
    } catch (error) {
      // Others will take it over.
      log.warn('cannot release a lease', { path, error });
    } finally {
      await handle.close();
      ended();
    }
  }

  async #isOurs(): Promise<boolean> {
    const { path, inode } = this.#file;
    return (await identityOf(path))?.startsWith(`${inode}:`) === true;
  }

  /** Of the file that is ours, also when its name has been taken over. */
  async #touch(): Promise<void> {
    const now = new Date();
    await this.#file.handle.utimes(now, now).catch(() => undefined);
  }
}

/** Who has a lease, as whoever has to wait for it is told. */
export async function whoseLease(path: string): Promise<string> {
  const note = await readNote(path).catch(() => undefined);
  if (note === undefined) return 'another process is at work on the directory; try again when it is done';
  return `${note.holder} has been at work on the directory since ${note.since}; try again when it is done`;
}

async function readNote(path: string): Promise<Note | undefined> {
  const opened = await openRegular(path);
  if (opened === 'missing' || opened === 'foreign') return undefined;
  try {
    const bytes = Buffer.alloc(Math.min(opened.stats.size, maxNoteBytes));
    await readFully(opened.handle, bytes, bytes.length, 0);
    return noteSchema.parse(JSON.parse(bytes.toString()));
  } finally {
    await opened.handle.close();
  }
}
