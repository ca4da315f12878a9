// The engine: hit, serve; miss, pull through. It alone composes memcache, serialize, upstream and pullrequest.
import { readPemFile } from '../config/pem-file.ts';
import { registryEntry } from '../config/config.ts';
import { secretFiles } from '../config/secret-file.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { createMemcache } from '../memcache/memcache.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { resolveTarget } from '../pullrequest/target.ts';
import type { Request, Target as NamedTarget } from '../pullrequest/target.ts';
import { openDiskStore } from '../serialize/disk-store.ts';
import { PullTimes } from '../serialize/pull-times.ts';
import { refuseDenied } from '../upstream/registry-policy.ts';
import type { UpstreamStatus } from '../upstream/upstream-status.ts';
import { createUpstreams } from '../upstream/upstreams.ts';
import type { UpstreamsOptions } from '../upstream/upstreams.ts';
import type { BlobAnswer, BlobHeadAnswer, ManifestAnswer } from './answers.ts';
import { BlobPulls } from './blob-pulls.ts';
import { Completion } from './completion.ts';
import { ContentCache } from './content-cache.ts';
import { cachedReferrers, cachedRepositories, cachedTags, repositoriesEndingIn } from './discovery.ts';
import type { EngineParts } from './engine-parts.ts';
import { Fills } from './fills.ts';
import { Ledger } from './ledger.ts';
import { ManifestPulls } from './manifest-pulls.ts';
import { salvagePartials } from './salvage.ts';
import type { Target } from './target.ts';

/** Every method throws {@link OciError} with what to answer. */
export interface Registry {
  /** Which repository of which registry a request means; `via` is the header that says who has passed it on. */
  target(request: Request, via?: string): NamedTarget;
  manifest(target: Target, reference: Reference): Promise<ManifestAnswer>;
  blobHead(target: Target, digest: Digest): Promise<BlobHeadAnswer>;
  blob(target: Target, digest: Digest): Promise<BlobAnswer>;
  tags(target: Target): readonly string[];
  referrers(
    target: Target,
    subject: Digest,
    artifactType: string | undefined,
  ): Promise<readonly Descriptor[]>;
  repositories(): readonly string[];
  /** How every endpoint fares that was asked lately. */
  upstreams(): readonly UpstreamStatus[];
  /** Manifests that are cached. */
  readonly manifestCount: number;
  /** Stops downloads, keeping what has come of them, and writes what is pending. */
  close(): Promise<void>;
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
}

const MANIFEST_MEMORY = 64 * 1024 * 1024;
const SOFT_WAIT_MS = 1000;
/** Servers that may stand one behind the other. */
const MAX_HOPS = 16;
const PARTIALS_EXPIRE_MS = 7 * 24 * 3600 * 1000;

/**
 * Opens the directory and indexes it.
 * @throws {StoreError} when the directory cannot be used
 */
export async function openRegistry(config: Config, options: RegistryOptions): Promise<Registry> {
  const { log, clock = () => new Date(), random = () => crypto.randomUUID().replaceAll('-', '') } = options;
  const store = await openDiskStore({ root: config.imagePath, clock, random, log });
  const pullTimes = new PullTimes(store, clock, { log });
  const cache = new ContentCache({ store, memcache: createMemcache(MANIFEST_MEMORY), pullTimes, clock, log });
  const ledger = new Ledger(store, clock, log);
  await cache.load();
  await ledger.load();
  await store.expirePartials(PARTIALS_EXPIRE_MS);
  await salvagePartials(store, cache, log);

  // The pseudonym in `Via` by which we know a request of our own that has come back to us.
  const pseudonym = `ociregistry-${random().slice(0, 16)}`;
  const upstreams = createUpstreams(config, {
    now: clock,
    env: options.environment ?? {},
    files: secretFiles,
    readFile: readPemFile,
    via: `1.1 ${pseudonym}`,
    ...options.upstreams,
  });
  const fills = new Fills({ config, store, cache, upstreams, log });
  const parts: EngineParts = { config, cache, upstreams, fills, ledger, clock, log };
  const blobs = new BlobPulls(parts);
  const completion = new Completion(parts, blobs);
  const manifests = new ManifestPulls(parts, {
    softWaitMs: options.softWaitMs ?? SOFT_WAIT_MS,
    onPulled: (target, entry) => completion.consider(target, entry),
  });
  completion.resume();

  return {
    target(request, via) {
      if (via?.includes(pseudonym) === true || (via?.split(',').length ?? 0) > MAX_HOPS) {
        throw new OciError(
          'NAME_INVALID',
          'this server was asked for its own request: its registries lead in a circle',
        );
      }
      const target = resolveTarget(request, {
        defaultNs: config.defaultNs,
        identify: (host) => withoutDefaultPort(config, host),
        suggest: (name) => repositoriesEndingIn(cache, name),
      });
      refuseDenied(config, target.registry);
      return { ...target, ...(via !== undefined && { passedOn: via }) };
    },
    manifest: (target, reference) => manifests.get(target, reference),
    blobHead: (target, digest) => blobs.head(target, digest),
    blob: (target, digest) => blobs.get(target, digest),
    tags: (target) => cachedTags(cache, target),
    referrers: (target, subject, artifactType) => cachedReferrers(cache, target, subject, artifactType),
    repositories: () => cachedRepositories(cache),
    upstreams: () => upstreams.status(),
    get manifestCount() {
      return cache.memcache.manifests.size;
    },
    async close() {
      await fills.stop();
      await completion.stop();
      await pullTimes.close();
      await ledger.close();
      await upstreams.close();
      await store.close();
    },
  };
}

/** `:443` is gone already; `:80` is as good as nothing where the registry is configured as plain HTTP. */
function withoutDefaultPort(config: Config, host: RegistryHost): RegistryHost {
  if (!host.endsWith(':80')) return host;
  const bare = host.slice(0, -':80'.length) as RegistryHost;
  return registryEntry(config, bare).scheme === 'http' ? bare : host;
}
