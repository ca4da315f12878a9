// The engine: hit, serve; miss, pull through. It alone composes memcache, serialize, upstream and pullrequest.
import { readPemFile } from '../config/pem-file.ts';
import { registryEntry, registryIdentity, reloaded } from '../config/config.ts';
import { secretFiles } from '../config/secret-file.ts';
import type { Config, ReloadableConfig } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { createMemcache } from '../memcache/memcache.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import type { ImageName } from '../oci/image-name.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { resolveTarget } from '../pullrequest/target.ts';
import type { Request, Target as NamedTarget } from '../pullrequest/target.ts';
import { openDiskStore } from '../serialize/disk-store.ts';
import type { Lease } from '../serialize/held-lease.ts';
import { StoreError } from '../serialize/errors.ts';
import type { Missed } from '../serialize/missed-file.ts';
import { PullTimes } from '../serialize/pull-times.ts';
import type { Space } from '../serialize/store.ts';
import { refuseDenied } from '../upstream/registry-policy.ts';
import type { TagsPageOptions } from '../upstream/registry-reads.ts';
import type { UpstreamStatus } from '../upstream/upstream-status.ts';
import { createUpstreams } from '../upstream/upstreams.ts';
import type { UpstreamsOptions } from '../upstream/upstreams.ts';
import type { Activity } from './activity.ts';
import type { BlobAnswer, BlobHeadAnswer, ManifestAnswer, ReferrersAnswer, TagsAnswer } from './answers.ts';
import { BlobPulls } from './blob-pulls.ts';
import type { CachedDirectory } from './cached-directory.ts';
import { Coalesced } from './coalesce.ts';
import { Completion } from './completion.ts';
import { ContentCache } from './content-cache.ts';
import { cachedRepositories, repositoriesEndingIn } from './discovery.ts';
import type { EngineParts } from './engine-parts.ts';
import { Fills } from './fills.ts';
import { createIntake } from './intake.ts';
import type { Intake } from './intake.ts';
import { Ledger } from './ledger.ts';
import type { MissTallies } from './ledger.ts';
import { createLibrary, fromSource } from './library.ts';
import type { Library } from './library.ts';
import { ManifestPulls } from './manifest-pulls.ts';
import { Misses } from './misses.ts';
import { setPins } from './pins.ts';
import type { PinReport } from './pins.ts';
import { PARTIALS_EXPIRE_MS } from './prune.ts';
import type { PruneOptions, PruneReport } from './prune.ts';
import { Pruner } from './pruner.ts';
import type { Evictions } from './pruner.ts';
import { Referrers } from './referrers.ts';
import { Repair } from './repair.ts';
import { salvagePartials } from './salvage.ts';
import { Scrub } from './scrub.ts';
import type { ScrubStatus } from './scrub.ts';
import { obstacle } from './servable.ts';
import { settledWithin } from './settled-within.ts';
import { createShelf } from './shelf.ts';
import type { Shelf } from './shelf.ts';
import { TagLists } from './tag-lists.ts';
import type { Target } from './target.ts';

export type { Activity } from './activity.ts';
export type { Outcome } from './answers.ts';
export type { UpstreamStatus } from '../upstream/upstream-status.ts';

/** Every method throws {@link OciError} with what to answer. */
export interface Registry {
  /** Which repository of which registry a request means; `via` is the header that says who has passed it on. */
  target(request: Request, via?: string): NamedTarget;
  /** What needs neither the disk nor the upstream; the methods below ask here first. */
  readonly hits: Hits;
  manifest(target: Target, reference: Reference): Promise<ManifestAnswer>;
  blobHead(target: Target, digest: Digest): Promise<BlobHeadAnswer>;
  blob(target: Target, digest: Digest): Promise<BlobAnswer>;
  tags(target: Target, page: TagsPageOptions): Promise<TagsAnswer>;
  referrers(target: Target, subject: Digest, artifactType: string | undefined): Promise<ReferrersAnswer>;
  repositories(): readonly string[];
  /** The way in for content that no client has asked for. */
  readonly library: Library;
  /** The way in for content that somebody brings in a file. */
  readonly intake: Intake;
  /** What is cached, for whoever carries it elsewhere. */
  readonly shelf: Shelf;
  /** How every endpoint fares that was asked lately. */
  upstreams(): readonly UpstreamStatus[];
  activity(): Activity;
  /** Of the file system; undefined where it does not tell within a second. */
  space(): Promise<Space | undefined>;
  /** All that is cached, for those who look at it: what other processes wrote is learnt first. */
  cached(): Promise<CachedDirectory>;
  /** What was refused for want of an upstream, and what a rehearsal would have had refused, the latest last. */
  missed(): Promise<readonly Missed[]>;
  /**
   * Forgets what was missed.
   * @throws {StoreError}
   */
  clearMissed(): Promise<void>;
  /** How often something was missed since the start. */
  readonly missTallies: MissTallies;
  /** Fetches a blob that was lost for whoever had it; whether it is there again. */
  repairBlob(digest: Digest): Promise<boolean>;
  /** What the scrub has found; undefined where there is none. */
  readonly scrub: ScrubStatus | undefined;
  /**
   * What keeps an image from being served now with its registry gone, on these platforms or, without any, on those that
   * are cached; undefined when nothing does.
   */
  obstacle(image: ImageName, platforms: readonly Platform[]): Promise<string | undefined>;
  /** Manifests that are cached. */
  readonly manifestCount: number;
  readonly manifestBytes: number;
  readonly blobCount: number;
  /** Bytes of the blobs that are cached. */
  readonly blobBytes: number;
  /** What has been pruned since the start, asked for or not. */
  readonly evictions: Evictions;
  /**
   * Takes images away, and what nothing needs any more.
   * @throws {LeaseTaken} while somebody loads or imports, or prunes
   */
  prune(options: PruneOptions, signal?: AbortSignal): Promise<PruneReport>;
  /** Keeps the images that patterns fit, whatever is pruned. */
  pin(patterns: readonly string[]): Promise<PinReport>;
  unpin(patterns: readonly string[]): Promise<PinReport>;
  /**
   * Nothing is pruned until it is released: for who brings in blobs before the manifests that name them.
   * @param holder what those are told who have to wait
   */
  holdPruning: (holder: string) => Promise<Lease>;
  /** Whether the configuration has an entry for it; clients can invent as many others as they like. */
  isConfigured(registry: string): boolean;
  /** What requests are read by: another object after a reload, for whoever remembers what they meant. */
  readonly rules: object;
  /** Goes by these entries and policies from now on; whatever is under way goes on. */
  reload(config: ReloadableConfig): void;
  /** Begins no download of a blob any more; those that run go on. */
  drain(): void;
  /** Stops downloads, keeping what has come of them, and writes what is pending. */
  close(): Promise<void>;
}

export interface Hits {
  manifest(target: Target, reference: Reference): ManifestAnswer | undefined;
  /** The bytes of a small blob. */
  blob(target: Target, digest: Digest): Buffer | undefined;
  blobHead(target: Target, digest: Digest): BlobHeadAnswer | undefined;
}

export interface RegistryOptions {
  /** How upstreams are reached, where it is to be otherwise than by default. */
  readonly upstreams?: Partial<Pick<UpstreamsOptions, 'resolve' | 'breakerTimes' | 'maxUnconfigured'>>;
  readonly log: Log;
  readonly clock?: () => Date;
  /** The process's, for secrets that are configured as `password_from_env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** A hexadecimal name that no other process has. */
  readonly random?: () => string;
  /** Milliseconds that a client waits for the revalidation of a cached tag. */
  readonly softWaitMs?: number;
  /** Milliseconds for which an upstream's list is given again without a question; 0 for none. */
  readonly listMs?: number;
}

const MEMORY = { manifestBytes: 64 * 1024 * 1024, blobBytes: 32 * 1024 * 1024 };
const SOFT_WAIT_MS = 1000;
const LIST_MS = 5000;
/** Servers that may stand one behind the other. */
const MAX_HOPS = 16;
const SPACE_MS = 1000;

/**
 * Opens the directory and indexes it.
 * @throws {StoreError} when the directory cannot be used
 */
export async function openRegistry(initial: Config, options: RegistryOptions): Promise<Registry> {
  // Replaced whole, and read when it is needed: nothing of the old one is used after a reload.
  const live = { config: initial };
  const { log, clock = () => new Date(), random = () => crypto.randomUUID().replaceAll('-', '') } = options;
  const store = await openDiskStore({ root: initial.imagePath, clock, random, log });
  const pullTimes = new PullTimes(store, clock, {
    log,
    onWritten: (digest, pulled) => cache.pullWritten(digest, pulled),
  });
  const memcache = createMemcache(MEMORY);
  let diskFailures = 0;
  const diskFailed = (): void => {
    diskFailures += 1;
    pruner.trigger();
  };
  const cache: ContentCache = new ContentCache({ store, memcache, pullTimes, clock, log, diskFailed });
  const ledger = new Ledger(store, clock, log);
  await cache.index.load();
  await ledger.read();
  await store.expirePartials(PARTIALS_EXPIRE_MS);
  await salvagePartials(store, cache, log);

  // The pseudonym in `Via` by which we know a request of our own that has come back to us.
  const pseudonym = `ociregistry-${random().slice(0, 16)}`;
  const made = createUpstreams(initial, {
    now: clock,
    env: options.environment ?? {},
    files: secretFiles,
    readFile: readPemFile,
    via: `1.1 ${pseudonym}`,
    ...options.upstreams,
  });
  const upstreams = fromSource(made);
  const onCached = (): void => pruner.grown();
  const fills: Fills = new Fills({ live, store, cache, upstreams, log, onCached, diskFailed });
  const isFilling = (digest: Digest): boolean => fills.get(digest) !== undefined;
  const pruner = new Pruner({ live, store, cache, isFilling, clock, log });
  // A disk that hangs holds one thread, however often it is asked.
  const measuring = new Coalesced<Space>();
  const partsWith = (misses: Misses): EngineParts => ({
    get config() {
      return live.config;
    },
    ...{ cache, upstreams, fills, misses, clock, log },
  });
  const misses = new Misses({ ledger, memcache, log, rehearsing: initial.rehearseAirGap });
  const parts = partsWith(misses);
  // What is brought in on purpose is what a rehearsal wants to see.
  const loading = partsWith(new Misses({ ledger, memcache, log, rehearsing: false }));
  const blobs = new BlobPulls(parts);
  const completion = new Completion(parts, blobs);
  const { softWaitMs = SOFT_WAIT_MS, listMs = LIST_MS } = options;
  const tagLists = new TagLists(parts, { softWaitMs, listMs });
  const referrers = new Referrers(parts, { softWaitMs, listMs });
  const manifests = new ManifestPulls(parts, {
    softWaitMs,
    onPulled: (target, entry) => completion.consider(target, entry),
  });
  completion.resume();
  const identify = (host: RegistryHost): RegistryHost => withoutDefaultPort(live.config, host);
  const repair = new Repair(parts, {
    library: createLibrary(parts, identify),
    onIncomplete: (target, entry) => completion.consider(target, entry),
  });
  const { scrubIntervalMs, scrubRate } = initial;
  const scrub =
    scrubIntervalMs === undefined
      ? undefined
      : new Scrub(
          { store, cache, fills, repair, clock, log },
          { intervalMs: scrubIntervalMs, rate: scrubRate },
        );

  return {
    library: createLibrary(loading, identify),
    intake: createIntake({ ...loading, store }),
    shelf: createShelf({ store, memcache, linkCheck: () => live.config.linkCheck }),
    target(request, via) {
      if (via?.includes(pseudonym) === true || (via?.split(',').length ?? 0) > MAX_HOPS) {
        throw new OciError(
          'NAME_INVALID',
          'this server was asked for its own request: its registries lead in a circle',
        );
      }
      const { config } = live;
      const target = resolveTarget(request, {
        defaultNs: config.defaultNs,
        identify: (host) => withoutDefaultPort(config, host),
        suggest: (name) => repositoriesEndingIn(cache, name),
      });
      refuseDenied(config, target.registry);
      return { ...target, ...(via !== undefined && { passedOn: via }) };
    },
    hits: {
      manifest: (target, reference) => manifests.hit(target, reference),
      blob: (target, digest) => blobs.hit(target, digest),
      blobHead: (target, digest) => blobs.headHit(target, digest),
    },
    manifest: (target, reference) => manifests.get(target, reference),
    blobHead: (target, digest) => blobs.head(target, digest),
    blob: (target, digest) => blobs.get(target, digest),
    tags: (target, page) => tagLists.get(target, page),
    referrers: (target, subject, artifactType) => referrers.get(target, subject, artifactType),
    repositories: () => cachedRepositories(cache),
    upstreams: () => upstreams.status(),
    missed: () => ledger.read(),
    clearMissed: () => ledger.clear(),
    missTallies: ledger.tallies,
    repairBlob: (digest) => repair.blob(digest),
    get scrub() {
      return scrub?.status;
    },
    activity: () => ({
      fills: fills.activity,
      incompleteImages: completion.pending,
      diskFailures,
    }),
    async space() {
      try {
        return await settledWithin(
          measuring.run('space', () => store.space()),
          SPACE_MS,
        );
      } catch (error) {
        if (error instanceof StoreError) return undefined;
        throw error;
      }
    },
    async cached() {
      await cache.index.learn();
      return { store, memcache, cache, lost: await store.holdersSetAside() };
    },
    obstacle: (image, platforms) =>
      obstacle(image, platforms, {
        config: live.config,
        cache,
        identify: (host) => withoutDefaultPort(live.config, host),
      }),
    get manifestCount() {
      return memcache.manifests.size;
    },
    get manifestBytes() {
      return memcache.manifests.bytes;
    },
    get blobCount() {
      return memcache.blobs.count;
    },
    get blobBytes() {
      return memcache.blobs.bytes;
    },
    get evictions() {
      return pruner.evictions;
    },
    prune: (options, signal) => pruner.prune(options, signal),
    pin: (patterns) => setPins(cache, patterns, true),
    unpin: (patterns) => setPins(cache, patterns, false),
    holdPruning: (holder) => store.lease({ mode: 'shared', holder }),
    isConfigured: (registry) => live.config.registries.some((entry) => entry.registry === registry),
    get rules() {
      return live.config;
    },
    reload(next) {
      live.config = reloaded(live.config, next);
      upstreams.reload(live.config);
      // What was air-gapped or closed until now may be fetched.
      completion.resume();
    },
    drain() {
      completion.halt();
      fills.refuse();
    },
    async close() {
      await pruner.stop();
      await Promise.all([fills.stop(), scrub?.stop()]);
      await completion.stop();
      await pullTimes.close();
      await cache.close();
      await misses.conclude();
      await ledger.close();
      await upstreams.close();
      await store.close();
    },
  };
}

/** `:443` is gone already; `:80` is as good as nothing where the registry is configured as plain HTTP. */
function withoutDefaultPort(config: Config, host: RegistryHost): RegistryHost {
  if (!host.endsWith(':80')) return host;
  const bare = registryIdentity(host, 'http');
  const whole = registryEntry(config, bare);
  const entries = config.registries.filter(({ registry }) => registry === bare);
  const { scheme } = entries.includes(whole) ? whole : (entries[0] ?? whole);
  return scheme === 'http' ? bare : host;
}
