// How the bytes in blobs/ divide among registries and repositories.
import type { Log } from '../log/log.ts';
import type { Memcache } from '../memcache/memcache.ts';
import { splitRepositoryId } from '../memcache/repository-id.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { byCodeUnits } from '../oci/code-units.ts';
import type { Digest } from '../oci/digest.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { unhurried } from '../thread/turns.ts';
import { lookAtCache } from './cached-directory.ts';
import type { CachedDirectory } from './cached-directory.ts';

export interface Bytes {
  readonly blobs: number;
  readonly bytes: number;
}

/** What the manifests of a registry or a repository name. */
export interface Share {
  readonly blobs: number;
  /** Bytes that no other registry, or no other repository, names. */
  readonly unique: number;
  /** Bytes that others name too. */
  readonly shared: number;
}

export interface RepositoryShare extends Share {
  readonly repository: RepositoryName;
}

export interface RegistryShare extends Share {
  readonly registry: RegistryHost;
  /** The largest first. */
  readonly repositories: readonly RepositoryShare[];
}

export interface Usage {
  /** The largest first. */
  readonly registries: readonly RegistryShare[];
  /** What one repository names, what several name, each blob once, and what none does: together the total. */
  readonly unique: Bytes;
  readonly shared: Bytes;
  readonly unreferenced: Bytes;
  /** What blobs/ holds. */
  readonly total: Bytes;
  /** Downloads under way, or kept for resuming; not in the total. */
  readonly partial: Bytes;
}

interface Sum {
  blobs: number;
  unique: number;
  shared: number;
}

/**
 * Counts the blobs of a directory.
 * @throws {StoreError} ENOENT when there is no such directory, or what keeps it from being read
 */
export function usageOf(imagePath: string, log: Log): Promise<Usage> {
  return lookAtCache(imagePath, log, usage);
}

/** Counts the cached blobs, each with the repositories whose manifests name it. */
export async function usage({ memcache, store }: CachedDirectory): Promise<Usage> {
  const partials = await store.partials();
  const partial = { blobs: partials.length, bytes: partials.reduce((sum, { size }) => sum + size, 0) };
  return { ...(await divided(memcache)), partial };
}

async function divided(memcache: Memcache): Promise<Omit<Usage, 'partial'>> {
  const registries = new Map<RegistryHost, Sum>();
  const repositories = new Map<RepositoryId, Sum>();
  // A repository whose manifests name nothing that is cached still counts, with nothing.
  for (const id of memcache.manifests.repositories()) {
    sumOf(registries, splitRepositoryId(id)[0]);
    sumOf(repositories, id);
  }
  const unique = { blobs: 0, bytes: 0 };
  const shared = { blobs: 0, bytes: 0 };
  const unreferenced = { blobs: 0, bytes: 0 };
  const total = { blobs: 0, bytes: 0 };
  for await (const digest of unhurried(memcache.blobs.digests())) {
    const size = memcache.blobs.size(digest);
    // Pruned since the walk began.
    if (size === undefined) continue;
    const naming = repositoriesNaming(memcache, digest);
    credit(repositories, naming, size);
    credit(registries, new Set(Array.from(naming, (id) => splitRepositoryId(id)[0])), size);
    const sum = naming.size === 0 ? unreferenced : naming.size === 1 ? unique : shared;
    for (const each of [sum, total]) {
      each.blobs += 1;
      each.bytes += size;
    }
  }
  return {
    registries: shares(registries, repositories),
    unique,
    shared,
    unreferenced,
    total,
  };
}

function repositoriesNaming({ manifests }: Memcache, digest: Digest): ReadonlySet<RepositoryId> {
  const naming = new Set<RepositoryId>();
  for (const parent of manifests.parents(digest)) {
    for (const id of manifests.get(parent)?.references.keys() ?? []) naming.add(id);
  }
  return naming;
}

function credit<K>(sums: Map<K, Sum>, names: ReadonlySet<K>, size: number): void {
  for (const name of names) {
    const sum = sumOf(sums, name);
    sum.blobs += 1;
    sum[names.size === 1 ? 'unique' : 'shared'] += size;
  }
}

function sumOf<K>(sums: Map<K, Sum>, name: K): Sum {
  const known = sums.get(name);
  if (known !== undefined) return known;
  const sum = { blobs: 0, unique: 0, shared: 0 };
  sums.set(name, sum);
  return sum;
}

function shares(
  registries: ReadonlyMap<RegistryHost, Sum>,
  repositories: ReadonlyMap<RepositoryId, Sum>,
): readonly RegistryShare[] {
  const within = new Map<RegistryHost, RepositoryShare[]>();
  for (const [id, sum] of repositories) {
    const [registry, repository] = splitRepositoryId(id);
    const list = within.get(registry) ?? [];
    within.set(registry, list);
    list.push({ repository, ...sum });
  }
  const all = Array.from(registries, ([registry, sum]) => ({
    registry,
    ...sum,
    repositories: largestFirst(within.get(registry) ?? [], ({ repository }) => repository),
  }));
  return largestFirst(all, ({ registry }) => registry);
}

function largestFirst<T extends Share>(list: readonly T[], name: (item: T) => string): readonly T[] {
  return list.toSorted((a, b) => size(b) - size(a) || byCodeUnits(name(a), name(b)));
}

function size({ unique, shared }: Share): number {
  return unique + shared;
}
