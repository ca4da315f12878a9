// The folder of complete, verified blobs.
import { lstatSync } from 'node:fs';
import { lstat, readdir, rename, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Digest } from '../oci/digest.ts';
import { digestFromHex, digestHex, digestsFromHex } from '../oci/digest.ts';
import { DiskBlob } from './disk-blob.ts';
import { attempt, attemptOrMiss } from './errors.ts';
import { atOnceOrInParallel } from './in-parallel.ts';
import { setAside } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Log } from '../log/log.ts';
import { openRegular, syncDirectory } from './regular-file.ts';
import type { BlobFile } from './store.ts';
import { unhurried } from '../thread/turns.ts';

export class BlobDirectory {
  readonly #layout: Layout;
  readonly #uniqueName: () => string;
  readonly #log: Log;

  constructor(context: { layout: Layout; uniqueName: () => string; log: Log }) {
    this.#layout = context.layout;
    this.#uniqueName = context.uniqueName;
    this.#log = context.log;
  }

  async stat(digest: Digest): Promise<{ size: number; modified: Date } | undefined> {
    const path = this.#file(digest);
    const stats = await attemptOrMiss('stat', path, lstat(path));
    if (stats === undefined) return undefined;
    if (stats.isFile()) return { size: stats.size, modified: stats.mtime };
    this.#log.warn('ignoring what is not a regular file', { path });
    return undefined;
  }

  async open(digest: Digest): Promise<BlobFile | undefined> {
    const path = this.#file(digest);
    const opened = await openRegular(path);
    if (opened === 'missing') return undefined;
    if (opened === 'foreign') {
      this.#log.warn('ignoring what is not a regular file', { path });
      return undefined;
    }
    return new DiskBlob(opened.handle, path, opened.stats.size);
  }

  /**
   * Moves a verified, synced file in.
   * @returns false when there is no such file: another server's commit tidied it away
   */
  async adopt(digest: Digest, from: string): Promise<boolean> {
    const path = this.#file(digest);
    const renamed = rename(from, path).then(() => true);
    if ((await attemptOrMiss('rename', path, renamed)) === undefined) return false;
    await syncDirectory(this.#layout.blobs);
    return true;
  }

  async delete(digest: Digest): Promise<void> {
    const path = this.#file(digest);
    await attemptOrMiss('delete', path, unlink(path));
    await syncDirectory(this.#layout.blobs);
  }

  async setAside(digest: Digest, reason: string): Promise<void> {
    const path = this.#file(digest);
    const name = `blobs-${digestHex(digest)}.${this.#uniqueName()}`;
    await setAside(this.#layout, path, name);
    this.#log.warn('set a damaged blob aside', { path, name, reason });
  }

  /** What is named as blobs are; none is looked at. */
  async digests(): Promise<Iterable<Digest>> {
    const { blobs } = this.#layout;
    return digestsFromHex(await attempt('list', blobs, readdir(blobs)));
  }

  /** Every blob and its size, in batches, without reading any. For a start: it blocks, see {@link atOnceOrInParallel}. */
  async *walk(): AsyncGenerator<readonly { digest: Digest; size: number }[]> {
    const { blobs } = this.#layout;
    const names = await attempt('list', blobs, readdir(blobs));
    const visits = atOnceOrInParallel(
      names,
      64,
      (name) => this.#visitAtOnce(name),
      (name) => this.#visit(name),
    );
    for await (const batch of visits) yield batch.filter((found) => found !== undefined);
  }

  /** A blob, if that is what it is. */
  #visitAtOnce(name: string): { digest: Digest; size: number } | undefined {
    const digest = digestFromHex(name);
    if (digest === undefined) return undefined;
    try {
      const stats = lstatSync(this.#layout.blobs + sep + name);
      return stats.isFile() ? { digest, size: stats.size } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Blobs that are not `known`, and those that are and have gone, without a size; what is there is not looked at. */
  async *changes(known: Iterable<Digest>): AsyncGenerator<{ digest: Digest; size: number | undefined }> {
    const gone = new Set(known);
    for await (const digest of unhurried(await this.digests())) {
      if (gone.delete(digest)) continue;
      const size = (await this.stat(digest))?.size;
      // Another process may have taken it away again.
      if (size !== undefined) yield { digest, size };
    }
    for (const digest of gone) if ((await this.stat(digest)) === undefined) yield { digest, size: undefined };
  }

  async #visit(name: string): Promise<{ digest: Digest; size: number } | undefined> {
    const path = join(this.#layout.blobs, name);
    const digest = digestFromHex(name);
    if (digest === undefined) {
      this.#log.warn('ignoring a foreign file', { path });
      return undefined;
    }
    try {
      const stat = await this.stat(digest);
      return stat === undefined ? undefined : { digest, size: stat.size };
    } catch (error) {
      this.#log.error('cannot look at a blob; going on without it', { path, error });
      return undefined;
    }
  }

  #file(digest: Digest): string {
    return `${this.#layout.blobs}${sep}${digestHex(digest)}`;
  }
}
