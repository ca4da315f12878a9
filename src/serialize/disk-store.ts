// The store on a directory, which other servers may share and which can be copied while it is in use.
import { stat, statfs } from 'node:fs/promises';
import { digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { BlobDirectory } from './blob-directory.ts';
import { attempt, StoreError } from './errors.ts';
import { HashThread } from './hash-thread.ts';
import { holderCodec } from './holder.ts';
import type { Holder, HolderKind } from './holder.ts';
import { Leases } from './lease.ts';
import type { Lease } from './held-lease.ts';
import type { LeaseOptions } from './lease.ts';
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
  BlobEntry,
  BlobFile,
  DecideOnBlob,
  GoneEntry,
  HolderEntry,
  PartialBlob,
  RecordCondition,
  Space,
  StagedBlob,
  Store,
  UnnamedBlob,
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
  readonly #root: string;
  readonly #clock: () => Date;
  readonly #locks: UpdateLocks;
  readonly #blobs: BlobDirectory;
  readonly #links: RecordDirectory<LinkRecord>;
  readonly #holders: Readonly<Record<HolderKind, RecordDirectory<Holder>>>;
  readonly #staging: Staging;
  readonly #missed: StateFile<MissedState>;
  readonly #scrub: StateFile<ScrubState>;
  readonly #hashing: HashThread;
  readonly #leases: Leases;

  constructor(layout: Layout, uniqueName: () => string, options: DiskStoreOptions) {
    const { log, clock, lockStaleMs: staleMs = 10_000 } = options;
    const locks = new UpdateLocks({ directory: layout.pulls, staleMs, uniqueName, log });
    const context = { layout, locks, uniqueName, log };
    this.#root = layout.root;
    this.#clock = clock;
    this.#locks = locks;
    this.#leases = new Leases({ directory: layout.pulls, staleMs, uniqueName, clock, log });
    this.#blobs = new BlobDirectory(context);
    this.#links = new RecordDirectory(layout.links, linkCodec, context);
    this.#holders = {
      fat: new RecordDirectory(layout.fat, holderCodec, context),
      img: new RecordDirectory(layout.img, holderCodec, context),
    };
    this.#missed = missedFile(context);
    this.#scrub = scrubFile(context);
    this.#hashing = new HashThread(log);
    const hashing = this.#hashing;
    this.#staging = new Staging({ ...context, blobs: this.#blobs, links: this.#links, hashing });
  }

  async sweep(before: number): Promise<void> {
    await this.#staging.sweep(before);
  }

  async blobStat(digest: Digest): Promise<{ size: number } | undefined> {
    const found = await this.#blobs.stat(digest);
    return found && { size: found.size };
  }

  async blobOpen(digest: Digest): Promise<BlobFile | undefined> {
    return await this.#blobs.open(digest);
  }

  async blobStage(digest: Digest): Promise<StagedBlob> {
    return await this.#staging.stage(digest);
  }

  async blobStageUnnamed(): Promise<UnnamedBlob> {
    return await this.#staging.stageUnnamed();
  }

  async blobWritten(digest: Digest): Promise<Date | undefined> {
    const times = [(await this.#blobs.stat(digest))?.modified, await this.#links.modified(digest)];
    const known = times.filter((time) => time !== undefined);
    return known.length === 0 ? undefined : new Date(Math.max(...known.map((time) => time.getTime())));
  }

  async blobDelete(digest: Digest, decide: DecideOnBlob = () => true): Promise<number | undefined> {
    return await this.#locks.run(digestHex(digest), async (lock) => {
      const written = await this.blobWritten(digest);
      const blob = await this.#blobs.stat(digest);
      if (written === undefined || !decide(written, await this.#links.readLocked(digest))) return undefined;
      await lock.confirm();
      await this.#blobs.delete(digest);
      await this.#links.updateLocked(digest, lock, () => undefined);
      return blob?.size ?? 0;
    });
  }

  async blobDigests(): Promise<Iterable<Digest>> {
    return await this.#blobs.digests();
  }

  async blobSetAside(digest: Digest, reason: string): Promise<void> {
    await this.#blobs.setAside(digest, reason);
  }

  async linkRead(digest: Digest): Promise<LinkRecord | undefined> {
    return await this.#links.read(digest);
  }

  async linkDigests(): Promise<Iterable<Digest>> {
    return await this.#links.digests();
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
    for await (const records of this.#links.walk(false))
      for (const record of records) yield { kind: 'link', record };
    for await (const blobs of this.#blobs.walk())
      for (const { digest, size } of blobs) yield { kind: 'blob', digest, size };
  }

  async *rewalk(): AsyncGenerator<HolderEntry | GoneEntry> {
    for (const directory of kinds) {
      yield* this.#walkHolders(directory, true);
      for (const digest of this.#holders[directory].takeVanished()) yield { kind: 'gone', digest };
    }
  }

  async *rewalkBlobs(known: Iterable<Digest>): AsyncGenerator<BlobEntry | GoneEntry> {
    for await (const records of this.#links.walk(true))
      for (const record of records) yield { kind: 'link', record };
    for await (const { digest, size } of this.#blobs.changes(known)) {
      yield size === undefined ? { kind: 'gone', digest } : { kind: 'blob', digest, size };
    }
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

  async space(): Promise<Space> {
    const { bavail, blocks, bsize } = await attempt('measure', this.#root, statfs(this.#root));
    return { free: bavail * bsize, total: blocks * bsize };
  }

  async lease(options: LeaseOptions): Promise<Lease> {
    return await this.#leases.take(options);
  }

  async close(): Promise<void> {
    await this.#leases.releaseAll();
    await this.#locks.idle();
    await this.#staging.suspendAll();
    await this.#hashing.close();
  }

  async *#walkHolders(directory: HolderKind, onlyChanged: boolean): AsyncGenerator<HolderEntry> {
    for await (const holders of this.#holders[directory].walk(onlyChanged))
      for (const holder of holders) yield { kind: 'holder', directory, holder };
  }
}
