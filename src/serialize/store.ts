// The narrow interface between the engine and where bytes are kept: a directory now, an object store later.
import type { Digest } from '../oci/digest.ts';
import type { Holder, HolderKind } from './holder.ts';
import type { Lease } from './held-lease.ts';
import type { LeaseOptions } from './lease.ts';
import type { LinkRecord } from './link.ts';
import type { Missed } from './missed-file.ts';
import type { ScrubState } from './scrub-file.ts';

/** Bytes that can be read at any position; a growing fill and a file on disk both are one. */
export interface BlobFile {
  readonly size: number;
  /** The descriptor, for sendfile; absent where the bytes are not in a file. */
  readonly fd?: number;
  /** All of it, where it is in memory. */
  readonly bytes?: Buffer;
  /** Waits until bytes after a position may be sent from the descriptor, and tells how many; absent where all of them may. */
  readonly ready?: (position: number) => Promise<number>;
  /** Reads up to `length` bytes at `position` into `target` at offset 0; returns the bytes read, 0 at the end. */
  read(target: Uint8Array, length: number, position: number): Promise<number>;
  close(): Promise<void>;
}

/**
 * One partial download, exclusively ours. One writing operation at a time; reads may go on beside it.
 * It ends with commit, discard or suspend; when commit fails, one of the other two must follow.
 */
export interface StagedBlob {
  readonly digest: Digest;
  /** Bytes written so far; right after staging it may be > 0: an earlier partial was taken over. */
  readonly size: number;
  /** The descriptor, for sendfile of what was written; -1 once it is closed. */
  readonly fd: number;
  /**
   * Appends; the bytes are readable when it resolves. After a failure `size` is as before.
   * @throws {StoreError} ENOSPC and the like; the same chunks may be written again
   */
  write(...chunks: readonly Uint8Array[]): Promise<void>;
  /** Reads of what was written; after commit, until the committed file is closed. */
  read(target: Uint8Array, length: number, position: number): Promise<number>;
  /** Starts over from byte 0; an earlier partial that was taken over is forgotten too. */
  truncate(): Promise<void>;
  /**
   * Call it before the last bytes are shown to anybody.
   * @throws {DigestMismatch} when what was written does not hash to `digest`
   */
  verify(): Promise<void>;
  /**
   * Verifies, records the link, and publishes the blob durably; readers never see a partial file.
   * Losing a race to an identical commit is success, because content decides the name.
   * @returns the blob, sharing the open file
   * @throws {DigestMismatch} when the bytes do not hash to `digest`
   */
  commit(link: LinkRecord): Promise<BlobFile>;
  /** The bytes are wrong: deletes them, and the earlier partial that they came from. */
  discard(): Promise<void>;
  /** Keeps the partial for resuming and closes it. */
  suspend(): Promise<void>;
}

/** A blob in the making that is named by its digest when all of it has come. It ends with commit or discard. */
export interface UnnamedBlob {
  /** Bytes written so far. */
  readonly size: number;
  /** @throws {StoreError} ENOSPC and the like */
  write(chunk: Uint8Array): Promise<void>;
  /** The digest of what was written; nothing is written after it. */
  digest(): Promise<Digest>;
  /** Publishes it durably under its digest, linked to no repository. */
  commit(digest: Digest): Promise<void>;
  discard(): Promise<void>;
}

export interface PartialBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly modified: Date;
}

/** What reading a holder has shown. */
export type RecordCondition = 'sound' | 'missing' | 'damaged';

export type HolderEntry = {
  readonly kind: 'holder';
  readonly directory: HolderKind;
  readonly holder: Holder;
};

export type BlobEntry =
  | { readonly kind: 'link'; readonly record: LinkRecord }
  | { readonly kind: 'blob'; readonly digest: Digest; readonly size: number };

export type WalkEntry = HolderEntry | BlobEntry;

/** A holder or a blob that was there and is not any more. */
export interface GoneEntry {
  readonly kind: 'gone';
  readonly digest: Digest;
}

/** Whether a blob is to go, by when it or its link record was last written, and by the record. */
export type DecideOnBlob = (written: Date, link: LinkRecord | undefined) => boolean;

/** Bytes of the file system. */
export interface Space {
  /** What we may still write. */
  readonly free: number;
  readonly total: number;
}

/** What is absent is undefined; any other failure is a StoreError. */
export interface Store {
  blobStat(digest: Digest): Promise<{ size: number } | undefined>;
  blobOpen(digest: Digest): Promise<BlobFile | undefined>;
  /** @throws {StoreError} EBUSY when this store is staging that digest already */
  blobStage(digest: Digest): Promise<StagedBlob>;
  /** For a blob whose digest is known when it has come. */
  blobStageUnnamed(): Promise<UnnamedBlob>;
  /** When the blob or its link record was last written. */
  blobWritten(digest: Digest): Promise<Date | undefined>;
  /**
   * Deletes the blob and its link record if `decide`, which is told when either was last written and what the record
   * says, agrees; nobody commits or links it in between, in any process.
   * @returns the bytes that are gone; undefined when it stayed, or there was nothing
   */
  blobDelete(digest: Digest, decide?: DecideOnBlob): Promise<number | undefined>;
  /** What is named as blobs are, without looking at any. */
  blobDigests(): Promise<Iterable<Digest>>;
  /** Takes a damaged blob out of service without destroying the evidence; its link record stays true. */
  blobSetAside(digest: Digest, reason: string): Promise<void>;

  linkRead(digest: Digest): Promise<LinkRecord | undefined>;
  /** The blobs that there are link records of, which are not read. */
  linkDigests(): Promise<Iterable<Digest>>;
  /** Merges: the union of repositories; anonymous when either is. */
  linkAdd(record: LinkRecord): Promise<void>;

  /** Reads a holder and checks its manifest against the digest; a damaged one is set aside and a miss. */
  holderRead(digest: Digest): Promise<Holder | undefined>;
  /** Reads a holder only to see how it is; a damaged one is set aside. */
  holderExamine(digest: Digest): Promise<RecordCondition>;
  /** The manifests whose holders were set aside, and whose remains nobody has cleared away. */
  holdersSetAside(): Promise<ReadonlySet<Digest>>;
  /**
   * Reads, changes and writes a holder; no other update of that digest comes in between, in any process.
   * `change` may be called more than once; undefined deletes; returning what it was given writes nothing.
   * @throws {DigestMismatch} when the manifest does not hash to the digest
   */
  holderUpdate(
    digest: Digest,
    kind: HolderKind,
    change: (current: Holder | undefined) => Holder | undefined,
  ): Promise<void>;

  /** Everything that is stored; blobs are not read. What is damaged is set aside and skipped. */
  walk(): AsyncIterable<WalkEntry>;
  /** What differs from the blobs that are `known`, and links that another process made or changed since the last walk. */
  rewalkBlobs(known: Iterable<Digest>): AsyncIterable<BlobEntry | GoneEntry>;
  /** Holders that another process made, changed or deleted since the last walk or rewalk (at times also our own). */
  rewalk(): AsyncIterable<HolderEntry | GoneEntry>;

  /** Partial downloads, being written or kept for resuming; there may be several of one digest. */
  partials(): Promise<PartialBlob[]>;
  /** Deletes partials that nobody here is writing and that have not grown for so long. */
  expirePartials(olderThanMs: number): Promise<void>;

  /** What was refused for want of an upstream, as written last. */
  missedRead(): Promise<readonly Missed[]>;
  /** Reads, changes and writes it; nobody else's change comes in between. `change` may be called more than once. */
  missedUpdate(change: (current: readonly Missed[]) => readonly Missed[]): Promise<void>;

  /** How far the scrub has come. */
  scrubRead(): Promise<ScrubState | undefined>;
  scrubWrite(state: ScrubState): Promise<void>;

  space(): Promise<Space>;
  /**
   * Nobody takes content away while another brings some in that nothing refers to yet. Pulls and fills need none.
   * @throws {LeaseTaken} when others keep theirs for longer than the patience lasts
   */
  lease(options: LeaseOptions): Promise<Lease>;

  /** Waits for updates under way and suspends what is still staged. Open blobs belong to their openers. */
  close(): Promise<void>;
}
