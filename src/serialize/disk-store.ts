// The store on a directory, which other servers may share and which can be copied while it is in use.
import { stat } from 'node:fs/promises';
import { digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { BlobDirectory } from './blob-directory.ts';
import { attempt, StoreError } from './errors.ts';
import { holderCodec } from './holder.ts';
import type { Holder, HolderKind } from './holder.ts';
import { layoutOf, prepareLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import { linkCodec, mergeLinks } from './link.ts';
import type { LinkRecord } from './link.ts';
import type { Log } from '../log/log.ts';
import { missedFile } from './missed-file.ts';
import type { Missed, MissedState } from './missed-file.ts';
import { RecordDirectory } from './record-directory.ts';
import { scrubFile } from './scrub-file.ts';
import type { ScrubState } from './scrub-file.ts';
import { Staging } from './staging.ts';
import type { StateFile } from './state-file.ts';
import type {
  BlobFile,
  HolderEntry,
  PartialBlob,
  RecordCondition,
  StagedBlob,
  Store,
  StoredBlob,
  WalkEntry,
} from './store.ts';
import { UpdateLocks } from './update-lock.ts';

export interface DiskStoreOptions {
  /** The image path. Its parents are created too. */
  readonly root: string;
  readonly clock: () => Date;
  /** Gives text for file names that no other server gives: letters, digits, `_` and `-`. */
  readonly random: () => string;
  readonly log: Log;
  /** Refuses a directory that is not there, in place of making it. */
  readonly mustExist?: boolean;
  /** After how long, unchanged, another writer's lock is taken for that of a dead one; 10,000 ms. */
  readonly lockStaleMs?: number;
}

const leftoverAgeMs = 3_600_000;
const kinds = ['fat', 'img'] as const satisfies readonly HolderKind[];

/**
 * Opens the store, making the directory ready.
 * @throws {StoreError} when the directory cannot be written, is no cache, or was written by a newer version
 */
export async function openDiskStore(options: DiskStoreOptions): Promise<Store> {
  const layout = layoutOf(options.root);
  if (options.mustExist === true) await attempt('look into the directory', options.root, stat(options.root));
  let count = 0;
  const uniqueName = (): string => `${options.random()}-${++count}`;
  const probe = uniqueName();
  if (!/^[\w-]{1,100}$/.test(probe)) {
    throw new StoreError('the random source gives text that is no file name', { path: options.root });
  }
  const now = await prepareLayout(layout, `${probe}.tmp`, options.log);
  const store = new DiskStore(layout, uniqueName, options);
  await store.sweep(now - leftoverAgeMs);
  return store;
}

class DiskStore implements Store {
  readonly #clock: () => Date;
  readonly #locks: UpdateLocks;
  readonly #blobs: BlobDirectory;
  readonly #links: RecordDirectory<LinkRecord>;
  readonly #holders: Readonly<Record<HolderKind, RecordDirectory<Holder>>>;
  readonly #staging: Staging;
  readonly #missed: StateFile<MissedState>;
  readonly #scrub: StateFile<ScrubState>;

  constructor(layout: Layout, uniqueName: () => string, options: DiskStoreOptions) {
    const { log, clock, lockStaleMs: staleMs = 10_000 } = options;
    const locks = new UpdateLocks({ directory: layout.pulls, staleMs, uniqueName, log });
    const context = { layout, locks, uniqueName, log };
    this.#clock = clock;
    this.#locks = locks;
    this.#blobs = new BlobDirectory(context);
    this.#links = new RecordDirectory(layout.links, linkCodec, context);
    this.#holders = {
      fat: new RecordDirectory(layout.fat, holderCodec, context),
      img: new RecordDirectory(layout.img, holderCodec, context),
    };
    this.#missed = missedFile(context);
    this.#scrub = scrubFile(context);
    this.#staging = new Staging({ ...context, blobs: this.#blobs, links: this.#links });
  }

  async sweep(before: number): Promise<void> {
    await this.#staging.sweep(before);
  }

  async blobStat(digest: Digest): Promise<{ size: number } | undefined> {
    return await this.#blobs.stat(digest);
  }

  async blobOpen(digest: Digest): Promise<BlobFile | undefined> {
    return await this.#blobs.open(digest);
  }

  async blobStage(digest: Digest): Promise<StagedBlob> {
    return await this.#staging.stage(digest);
  }

  async blobDelete(digest: Digest): Promise<void> {
    await this.#locks.run(digestHex(digest), async (lock) => {
      await this.#blobs.delete(digest);
      await this.#links.updateLocked(digest, lock, () => undefined);
    });
  }

  async blobSetAside(digest: Digest, reason: string): Promise<void> {
    await this.#blobs.setAside(digest, reason);
  }

  blobs(): AsyncIterable<StoredBlob> {
    return this.#blobs.walk();
  }

  async linkRead(digest: Digest): Promise<LinkRecord | undefined> {
    return await this.#links.read(digest);
  }

  async linkAdd(record: LinkRecord): Promise<void> {
    await this.#locks.run(digestHex(record.digest), async (lock) => {
      await this.#links.updateLocked(record.digest, lock, (known) => mergeLinks(known, record));
    });
  }

  async holderRead(digest: Digest): Promise<Holder | undefined> {
    return (await this.#holders.fat.read(digest)) ?? (await this.#holders.img.read(digest));
  }

  async holderExamine(digest: Digest): Promise<RecordCondition> {
    const conditions = [await this.#holders.fat.examine(digest), await this.#holders.img.examine(digest)];
    return (
      conditions.find((one) => one === 'sound') ?? conditions.find((one) => one === 'damaged') ?? 'missing'
    );
  }

  async holdersSetAside(): Promise<ReadonlySet<Digest>> {
    const sets = await Promise.all(Object.values(this.#holders).map((directory) => directory.setAside()));
    return new Set(sets.flat());
  }

  async holderUpdate(
    digest: Digest,
    kind: HolderKind,
    change: (current: Holder | undefined) => Holder | undefined,
  ): Promise<void> {
    const other = this.#holders[kind === 'fat' ? 'img' : 'fat'];
    await this.#locks.run(digestHex(digest), async (lock) => {
      // One manifest has one holder, also where upstreams disagree about what its bytes are.
      const misfiled = await other.readLocked(digest);
      await this.#holders[kind].updateLocked(digest, lock, (current) => {
        const holder = change(current ?? misfiled);
        if (holder !== undefined && holder.digest !== digest) {
          throw new TypeError(`the holder of ${digest} cannot become one of ${holder.digest}`);
        }
        return holder;
      });
      if (misfiled !== undefined) await other.updateLocked(digest, lock, () => undefined);
    });
  }

  async *walk(): AsyncGenerator<WalkEntry> {
    for (const directory of kinds) yield* this.#walkHolders(directory, false);
    for await (const record of this.#links.walk(false)) yield { kind: 'link', record };
    for await (const { digest, size } of this.#blobs.walk()) yield { kind: 'blob', digest, size };
  }

  async *rewalk(): AsyncGenerator<HolderEntry> {
    for (const directory of kinds) yield* this.#walkHolders(directory, true);
  }

  async partials(): Promise<PartialBlob[]> {
    return await this.#staging.list();
  }

  async expirePartials(olderThanMs: number): Promise<void> {
    await this.#staging.expire(new Date(this.#clock().getTime() - olderThanMs));
  }

  async missedRead(): Promise<readonly Missed[]> {
    return (await this.#missed.read())?.missed ?? [];
  }

  async missedUpdate(change: (current: readonly Missed[]) => readonly Missed[]): Promise<void> {
    await this.#missed.update((current) => ({ version: 1, missed: change(current?.missed ?? []) }));
  }

  async scrubRead(): Promise<ScrubState | undefined> {
    return await this.#scrub.read();
  }

  async scrubWrite(state: ScrubState): Promise<void> {
    await this.#scrub.update(() => state);
  }

  async close(): Promise<void> {
    await this.#locks.idle();
    await this.#staging.suspendAll();
  }

  async *#walkHolders(directory: HolderKind, onlyChanged: boolean): AsyncGenerator<HolderEntry> {
    for await (const holder of this.#holders[directory].walk(onlyChanged)) {
      yield { kind: 'holder', directory, holder };
    }
  }
}
