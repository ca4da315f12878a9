// A folder of small JSON files, one per digest, each replaced as a whole: holders and link records.
import type { Stats } from 'node:fs';
import { lstat, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { digestFromHex, digestHex, digestsFromHex } from '../oci/digest.ts';
import { StoreError, attempt, attemptOrMiss } from './errors.ts';
import { atOnceOrInParallel, inParallel } from './in-parallel.ts';
import { setAside } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Log } from '../log/log.ts';
import type { RecordCodec } from './record-codec.ts';
import {
  createFile,
  fileSignature,
  openRegular,
  readFully,
  readRegularAtOnce,
  syncDirectory,
} from './regular-file.ts';
import type { RecordCondition } from './store.ts';
import type { HeldLock, UpdateLocks } from './update-lock.ts';

/** What is read into memory is bounded; a manifest of 8 MiB fits unless it is made of quotation marks. */
const maxRecordBytes = 16 * 1024 * 1024;

/** Directory times tick coarsely; only a time that was seen this long ago proves that nothing changed since. */
const settledMs = 1_000;

type Reading<T> =
  | { readonly state: 'sound'; readonly record: T; readonly text: string; readonly signature: string }
  | { readonly state: 'missing' }
  | { readonly state: 'damaged'; readonly reason: string };

/** A record that a walk has come by. */
interface Visited<T> {
  readonly name: string;
  readonly signature: string;
  readonly record: T;
}

/** How many records are read at a time. */
const WIDTH = 16;

export class RecordDirectory<T> {
  readonly path: string;
  readonly #layout: Layout;
  readonly #codec: RecordCodec<T>;
  readonly #locks: UpdateLocks;
  readonly #uniqueName: () => string;
  readonly #log: Log;
  /** By file name, the version that the caller knows: it was walked, or written by us. */
  readonly #known = new Map<string, string>();
  /** The directory's time, and when it was first seen to be that. */
  #modified: { readonly time: bigint; readonly seen: number } | undefined;
  #settled = false;
  #vanished: Digest[] = [];

  constructor(
    path: string,
    codec: RecordCodec<T>,
    context: { layout: Layout; locks: UpdateLocks; uniqueName: () => string; log: Log },
  ) {
    this.path = path;
    this.#codec = codec;
    this.#layout = context.layout;
    this.#locks = context.locks;
    this.#uniqueName = context.uniqueName;
    this.#log = context.log;
  }

  /** Reads a record; a damaged one is set aside and a miss. Not to be called under the digest's lock. */
  async read(digest: Digest): Promise<T | undefined> {
    const reading = await this.#read(digest);
    return reading.state === 'sound' ? reading.record : await this.#missed(digest, reading);
  }

  /** Reads a record only to see how it is; a damaged one is set aside. Not to be called under the digest's lock. */
  async examine(digest: Digest): Promise<RecordCondition> {
    const reading = await this.#read(digest);
    if (reading.state === 'damaged' && (await this.#missed(digest, reading)) !== undefined) return 'sound';
    return reading.state;
  }

  /** Reads a record under the digest's lock. */
  async readLocked(digest: Digest): Promise<T | undefined> {
    const reading = await this.#read(digest);
    if (reading.state === 'damaged') await this.#setAside(digest, reading.reason);
    return reading.state === 'sound' ? reading.record : undefined;
  }

  /**
   * Changes a record under the digest's lock; undefined deletes; what is unchanged is not written.
   * @returns what is stored now
   */
  async updateLocked(
    digest: Digest,
    lock: HeldLock,
    change: (current: T | undefined) => T | undefined,
  ): Promise<T | undefined> {
    const reading = await this.#read(digest);
    if (reading.state === 'damaged') await this.#setAside(digest, reading.reason);
    const current = reading.state === 'sound' ? reading : undefined;
    const changed = change(current?.record);
    if (changed === current?.record) return changed;
    if (changed === undefined) {
      await lock.confirm();
      await this.#delete(digest);
      return undefined;
    }
    const text = this.#codec.encode(changed);
    if (text === current?.text) return changed;
    await this.#replace(digest, lock, text, current?.signature);
    return changed;
  }

  /** When a record was last written. */
  async modified(digest: Digest): Promise<Date | undefined> {
    const path = this.#file(digest);
    return (await attemptOrMiss('stat', path, lstat(path)))?.mtime;
  }

  /** The digests that there are records of, which are not read. */
  async digests(): Promise<Iterable<Digest>> {
    return digestsFromHex(await attempt('list', this.path, readdir(this.path)));
  }

  /** The records that the last walks have not found any more; each is told once. */
  takeVanished(): readonly Digest[] {
    const vanished = this.#vanished;
    this.#vanished = [];
    return vanished;
  }

  /**
   * Every record, in batches, or with `onlyChanged` those whose file the caller has neither walked nor written.
   * A file that cannot be read is logged and skipped: one bad sector must not keep a server from starting.
   */
  async *walk(onlyChanged: boolean): AsyncGenerator<readonly T[]> {
    const { mtimeNs: time } = await attempt('stat', this.path, stat(this.path, { bigint: true }));
    if (this.#modified?.time !== time) {
      this.#modified = { time, seen: performance.now() };
      this.#settled = false;
    }
    if (onlyChanged && this.#settled) return;
    const settled = performance.now() - this.#modified.seen > settledMs;
    const names = await attempt('list', this.path, readdir(this.path));
    const visit = (name: string): Promise<Visited<T> | undefined> => this.#visit(name, onlyChanged);
    const visits = onlyChanged
      ? inParallel(names, WIDTH, visit)
      : atOnceOrInParallel(names, WIDTH, (name) => this.#visitAtOnce(name), visit);
    for await (const batch of visits) {
      const found = batch.filter((visited) => visited !== undefined);
      for (const { name, signature } of found) this.#known.set(name, signature);
      yield found.map(({ record }) => record);
    }
    this.#forgetAbsent(names);
    this.#settled = settled;
  }

  /** Whose records were set aside, as long as what is left of them is there. */
  async setAside(): Promise<readonly Digest[]> {
    const { damaged } = this.#layout;
    const names = (await attemptOrMiss('list', damaged, readdir(damaged))) ?? [];
    const prefix = `${basename(this.path)}-`;
    return names
      .filter((name) => name.startsWith(prefix))
      .flatMap((name) => digestFromHex(name.slice(prefix.length).split('.')[0] ?? '') ?? []);
  }

  /** A sound record, if that is what it is. */
  #visitAtOnce(name: string): Visited<T> | undefined {
    const digest = digestFromHex(name);
    const found = digest && readRegularAtOnce(this.path + sep + name, maxRecordBytes);
    if (digest === undefined || found === undefined) return undefined;
    const reading = this.#decode(digest, found.bytes, found.stats);
    return reading.state === 'sound' ? { name, ...reading } : undefined;
  }

  async #visit(name: string, onlyChanged: boolean): Promise<Visited<T> | undefined> {
    const path = join(this.path, name);
    const digest = digestFromHex(name);
    if (digest === undefined) {
      if (!onlyChanged) this.#log.warn('ignoring a foreign file', { path });
      return undefined;
    }
    try {
      if (onlyChanged && (await this.#isKnown(name, path))) return undefined;
      const reading = await this.#read(digest);
      if (reading.state === 'sound') return { name, ...reading };
      await this.#missed(digest, reading);
    } catch (error) {
      this.#log.error('cannot read a record; going on without it', { path, error });
    }
    return undefined;
  }

  async #isKnown(name: string, path: string): Promise<boolean> {
    const known = this.#known.get(name);
    if (known === undefined) return false;
    const stats = await attemptOrMiss('stat', path, lstat(path));
    return stats === undefined || fileSignature(stats) === known;
  }

  #forgetAbsent(names: readonly string[]): void {
    const present = new Set(names);
    for (const name of this.#known.keys()) {
      if (present.has(name)) continue;
      this.#known.delete(name);
      const digest = digestFromHex(name);
      if (digest !== undefined) this.#vanished.push(digest);
    }
  }

  #file(digest: Digest): string {
    // As `join` would, of which there is one for each file at start.
    return `${this.path}${sep}${digestHex(digest)}`;
  }

  async #read(digest: Digest): Promise<Reading<T>> {
    const path = this.#file(digest);
    const opened = await openRegular(path);
    if (opened === 'missing') return { state: 'missing' };
    if (opened === 'foreign') return { state: 'damaged', reason: 'it is not a regular file' };
    const { handle, stats } = opened;
    let bytes: Buffer;
    try {
      const { size } = stats;
      if (size > maxRecordBytes) return { state: 'damaged', reason: `it has ${size} bytes` };
      bytes = Buffer.allocUnsafe(size);
      const length = await attempt('read', path, readFully(handle, bytes, size, 0));
      bytes = bytes.subarray(0, length);
    } finally {
      await handle.close();
    }
    return this.#decode(digest, bytes, stats);
  }

  #decode(digest: Digest, bytes: Buffer, stats: Stats): Reading<T> {
    try {
      const text = bytes.toString('utf8');
      const record = this.#codec.decode(text, digest);
      return { state: 'sound', record, text, signature: fileSignature(stats) };
    } catch (error) {
      return { state: 'damaged', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A damaged record may be whole again by the time we hold the lock; only then is it ours to move. */
  async #missed(digest: Digest, reading: Reading<T>): Promise<T | undefined> {
    if (reading.state === 'missing') return undefined;
    try {
      return await this.#locks.run(digestHex(digest), () => this.readLocked(digest));
    } catch (error) {
      // Read-only or full: it stays where it is and is a miss all the same.
      this.#log.error('cannot set a damaged record aside', { path: this.#file(digest), error });
      return undefined;
    }
  }

  async #setAside(digest: Digest, reason: string): Promise<void> {
    const path = this.#file(digest);
    const name = `${basename(this.path)}-${digestHex(digest)}.${this.#uniqueName()}`;
    await setAside(this.#layout, path, name);
    this.#log.warn('set a damaged record aside', { path, name, reason });
  }

  async #delete(digest: Digest): Promise<void> {
    const path = this.#file(digest);
    await attemptOrMiss('delete', path, unlink(path));
    await syncDirectory(this.path);
    this.#known.delete(digestHex(digest));
  }

  async #replace(digest: Digest, lock: HeldLock, text: string, replaced: string | undefined): Promise<void> {
    const name = digestHex(digest);
    const path = this.#file(digest);
    if (Buffer.byteLength(text) > maxRecordBytes) {
      throw new StoreError(`the record would exceed ${maxRecordBytes} bytes`, { path, code: 'EFBIG' });
    }
    const temporary = join(this.#layout.pulls, `${name}.${this.#uniqueName()}.tmp`);
    try {
      const handle = await createFile(temporary);
      try {
        await attempt('write', temporary, handle.writeFile(text));
        await attempt('fsync', temporary, handle.sync());
        // Where another process wrote what we replace, the caller has yet to hear of it: rewalk must show ours.
        const seenBefore = this.#known.get(name) === replaced;
        const signature = fileSignature(await handle.stat());
        await lock.confirm();
        if (seenBefore) this.#known.set(name, signature);
      } finally {
        await handle.close();
      }
      await attempt('rename', path, rename(temporary, path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // swept at the next start otherwise
      throw error;
    }
    await syncDirectory(this.path);
  }
}
