// A small JSON file beside the folders, for what only ever helps: a damaged one is as good as none.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { attempt } from './errors.ts';
import type { Layout } from './layout.ts';
import type { Log } from '../log/log.ts';
import { createFile, fileSignature, openRegular, readFully, syncDirectory } from './regular-file.ts';
import type { HeldLock, UpdateLocks } from './update-lock.ts';

export interface StateFileContext {
  readonly layout: Layout;
  readonly locks: UpdateLocks;
  readonly uniqueName: () => string;
  readonly log: Log;
}

/** The file as it was when it had this signature. */
interface Reading<T> {
  readonly signature: string;
  readonly state: T;
}

const maxBytes = 16 * 1024 * 1024;

export class StateFile<T> {
  readonly #name: string;
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #context: StateFileContext;
  #last: Reading<T> | undefined;

  /** @param name of the file, without its ending */
  constructor(name: string, schema: z.ZodType<T>, context: StateFileContext) {
    this.#name = name;
    this.#path = join(context.layout.root, `${name}.json`);
    this.#schema = schema;
    this.#context = context;
  }

  /** What was written last, by whatever process. */
  async read(): Promise<T | undefined> {
    try {
      this.#last = await this.#read();
    } catch (error) {
      this.#last = undefined;
      this.#context.log.warn('cannot read a file; going on without it', { path: this.#path, error });
    }
    return this.#last?.state;
  }

  /**
   * Reads, changes and writes it; nobody else's change comes in between. `change` may be called more than once.
   * @throws {StoreError}
   */
  async update(change: (current: T | undefined) => T): Promise<void> {
    await this.#context.locks.run(this.#name, async (lock) => this.#write(change(await this.read()), lock));
  }

  async #read(): Promise<Reading<T> | undefined> {
    const opened = await openRegular(this.#path);
    if (opened === 'missing') return undefined;
    if (opened === 'foreign') throw new Error('it is not a regular file');
    const { handle, stats } = opened;
    const signature = fileSignature(stats);
    try {
      if (signature === this.#last?.signature) return this.#last;
      if (stats.size > maxBytes) throw new Error(`it has ${stats.size} bytes`);
      const bytes = Buffer.alloc(stats.size);
      await readFully(handle, bytes, bytes.length, 0);
      return { signature, state: this.#schema.parse(JSON.parse(bytes.toString())) };
    } finally {
      await handle.close();
    }
  }

  async #write(state: T, lock: HeldLock): Promise<void> {
    const { layout, uniqueName } = this.#context;
    const temporary = join(layout.pulls, `${uniqueName()}.tmp`);
    try {
      const handle = await createFile(temporary);
      try {
        await attempt('write', temporary, handle.writeFile(`${JSON.stringify(state, undefined, 2)}\n`));
        await lock.confirm();
      } finally {
        await handle.close();
      }
      await attempt('rename', this.#path, rename(temporary, this.#path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // swept at the next start otherwise
      throw error;
    }
    await syncDirectory(layout.root);
  }
}
