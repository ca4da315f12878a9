// The staging folder: partial downloads, who writes them, and which of them can be taken over.
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { digestFromHex, digestHex } from '../oci/digest.ts';
import type { BlobDirectory } from './blob-directory.ts';
import { StoreError, attempt, attemptOrMiss, errorCode } from './errors.ts';
import type { HashThread } from './hash-thread.ts';
import type { Layout } from './layout.ts';
import { mergeLinks } from './link.ts';
import type { LinkRecord } from './link.ts';
import type { Log } from '../log/log.ts';
import type { RecordDirectory } from './record-directory.ts';
import { createFile, openRegular } from './regular-file.ts';
import { DiskStagedBlob } from './staged-blob.ts';
import type { PublishableFile, StagingArea } from './staged-blob.ts';
import type { PartialBlob } from './store.ts';
import { DiskUnnamedBlob } from './unnamed-blob.ts';
import type { UpdateLocks } from './update-lock.ts';

/** `<hex>.<writer>.part` */
const partialName = /^([0-9a-f]+)\.[\w-]+\.part$/;
/** What a writer leaves behind when it dies in mid-update. */
const leftoverName = /^[\w.-]+\.(?:tmp|lock|lease)$/;

interface PartialFile extends PartialBlob {
  readonly path: string;
}

export class Staging implements StagingArea {
  readonly hashing: HashThread;
  readonly #layout: Layout;
  readonly #blobs: BlobDirectory;
  readonly #links: RecordDirectory<LinkRecord>;
  readonly #locks: UpdateLocks;
  readonly #uniqueName: () => string;
  readonly #log: Log;
  /** Digests being staged by us; undefined while the staged blob is being made. */
  readonly #active = new Map<Digest, DiskStagedBlob | undefined>();
  /** Paths of partials that are our own and closed: nobody else writes them. */
  readonly #suspended = new Set<string>();

  constructor(context: {
    layout: Layout;
    blobs: BlobDirectory;
    links: RecordDirectory<LinkRecord>;
    locks: UpdateLocks;
    hashing: HashThread;
    uniqueName: () => string;
    log: Log;
  }) {
    this.hashing = context.hashing;
    this.#layout = context.layout;
    this.#blobs = context.blobs;
    this.#links = context.links;
    this.#locks = context.locks;
    this.#uniqueName = context.uniqueName;
    this.#log = context.log;
  }

  /**
   * Stages a blob, going on from the largest earlier partial.
   * @throws {StoreError} EBUSY when we are staging that digest already
   */
  async stage(digest: Digest): Promise<DiskStagedBlob> {
    if (this.#active.has(digest)) {
      throw new StoreError(`${digest} is being staged already`, { path: this.#layout.pulls, code: 'EBUSY' });
    }
    this.#active.set(digest, undefined);
    try {
      const staged = await this.#resume(digest);
      this.#active.set(digest, staged);
      return staged;
    } catch (error) {
      this.#active.delete(digest);
      throw error;
    }
  }

  /** Stages a blob under a name that is swept like that of any update which its writer did not live to end. */
  async stageUnnamed(): Promise<DiskUnnamedBlob> {
    const path = join(this.#layout.pulls, `blob.${this.#uniqueName()}.tmp`);
    return new DiskUnnamedBlob({ path, handle: await createFile(path) }, this);
  }

  async publish(staged: PublishableFile, link: LinkRecord): Promise<void> {
    const { digest } = staged;
    if (link.digest !== digest) {
      throw new StoreError(`the link record is of ${link.digest}, not of ${digest}`, { path: staged.path });
    }
    await this.#locks.run(digestHex(digest), async (lock) => {
      // The link comes first: a crash in between leaves a link without its blob, which says nothing untrue.
      await this.#links.updateLocked(digest, lock, (known) => mergeLinks(known, link));
      if (await this.#blobs.adopt(digest, staged.path)) return;
      const stored = await this.#blobs.stat(digest);
      if (stored?.size !== staged.size) await this.#publishCopy(staged);
    });
    await this.#tidy(digest);
  }

  ended(digest: Digest, suspended?: string): void {
    this.#active.delete(digest);
    if (suspended !== undefined) this.#suspended.add(suspended);
  }

  async list(): Promise<PartialBlob[]> {
    const files = await this.#files();
    return files.map(({ digest, size, modified }) => ({ digest, size, modified }));
  }

  /** Deletes partials that have not grown since, except those being written by us. */
  async expire(before: Date): Promise<void> {
    for (const { path, digest, modified, size } of await this.#files()) {
      const staged = this.#active.get(digest);
      const preparing = staged === undefined && this.#active.has(digest);
      if (modified >= before || preparing || staged?.path === path) continue;
      this.#log.info('a partial download expired', { path, size, modified });
      await this.#remove(path);
      this.#suspended.delete(path);
    }
  }

  /** Deletes what writers left behind that have long been dead. */
  async sweep(before: number): Promise<void> {
    const { pulls } = this.#layout;
    for (const name of await attempt('list', pulls, readdir(pulls))) {
      if (!leftoverName.test(name)) continue;
      const path = join(pulls, name);
      const stats = await attemptOrMiss('stat', path, lstat(path));
      if (stats?.isFile() === true && stats.mtimeMs < before) await this.#remove(path);
    }
  }

  /** Suspends whatever is still being staged. */
  async suspendAll(): Promise<void> {
    for (const staged of [...this.#active.values()]) await staged?.suspend();
  }

  async #resume(digest: Digest): Promise<DiskStagedBlob> {
    const files = await this.#files(digest);
    const isOwn = ({ path }: PartialFile): boolean => this.#suspended.has(path);
    // Of equals our own, which need not be copied.
    files.sort((a, b) => b.size - a.size || Number(isOwn(b)) - Number(isOwn(a)));
    const own = files.filter(isOwn);
    const [largest] = files;
    let staged: DiskStagedBlob | undefined;
    if (largest !== undefined && largest === own[0]) {
      own.shift();
      staged = await this.#takeInPlace(largest);
    } else {
      staged = await this.#takeCopy(digest, largest);
    }
    for (const { path } of own) {
      this.#suspended.delete(path);
      await this.#remove(path);
    }
    return staged ?? (await this.#takeCopy(digest, undefined));
  }

  /** @returns undefined when the file is gone: another server committed the digest, or expired the partial */
  async #takeInPlace({ digest, path }: PartialFile): Promise<DiskStagedBlob | undefined> {
    this.#suspended.delete(path);
    const opened = await openRegular(path, 'write');
    if (opened === 'missing' || opened === 'foreign') return undefined;
    const staged = new DiskStagedBlob(digest, { path, handle: opened.handle }, this);
    staged.takeInPlace(opened.stats.size);
    return staged;
  }

  async #takeCopy(digest: Digest, earlier: PartialFile | undefined): Promise<DiskStagedBlob> {
    const staged = new DiskStagedBlob(digest, await this.#create(digest), this);
    if (earlier === undefined) return staged;
    try {
      const opened = await openRegular(earlier.path);
      if (opened === 'missing' || opened === 'foreign') return staged;
      try {
        await staged.takeCopy(opened.handle, earlier.path);
      } finally {
        await opened.handle.close();
      }
      return staged;
    } catch (error) {
      await staged.abandon();
      throw error;
    }
  }

  async #create(digest: Digest) {
    for (let attempts = 1; ; attempts++) {
      const path = join(this.#layout.pulls, `${digestHex(digest)}.${this.#uniqueName()}.part`);
      try {
        return { path, handle: await createFile(path) };
      } catch (error) {
        // Something was planted there, or the random source repeats itself.
        if (errorCode(error) !== 'EEXIST' || attempts === 10) throw error;
      }
    }
  }

  /** Our file lost its name to another server's commit, and that blob is gone again: publish the bytes anew. */
  async #publishCopy(staged: PublishableFile): Promise<void> {
    const { path, handle } = await this.#create(staged.digest);
    try {
      await staged.copyInto(handle);
      await attempt('fsync', path, handle.sync());
      await this.#blobs.adopt(staged.digest, path);
    } catch (error) {
      await this.#remove(path);
      throw error;
    } finally {
      await handle.close();
    }
  }

  async #files(only?: Digest): Promise<PartialFile[]> {
    const { pulls } = this.#layout;
    const found: PartialFile[] = [];
    for (const name of await attempt('list', pulls, readdir(pulls))) {
      const hex = partialName.exec(name)?.[1];
      const digest = hex === undefined ? undefined : digestFromHex(hex);
      if (digest === undefined || (only !== undefined && digest !== only)) continue;
      const path = join(pulls, name);
      const stats = await attemptOrMiss('stat', path, lstat(path));
      if (stats === undefined) continue;
      if (stats.isFile()) found.push({ digest, path, size: stats.size, modified: stats.mtime });
      else this.#log.warn('ignoring what is not a regular file', { path });
    }
    return found;
  }

  /** Deletes all partials of a digest that is committed; its other writers find the blob when they commit. */
  async #tidy(digest: Digest): Promise<void> {
    try {
      for (const { path } of await this.#files(digest)) {
        await this.#remove(path);
        this.#suspended.delete(path);
      }
    } catch (error) {
      this.#log.warn('cannot tidy the staging folder', { path: this.#layout.pulls, error });
    }
  }

  async #remove(path: string): Promise<void> {
    try {
      await attemptOrMiss('delete', path, unlink(path));
    } catch (error) {
      // It wastes room until it expires; the pull itself is well.
      this.#log.warn('cannot delete a file in the staging folder', { path, error });
    }
  }
}
