// What a prune takes: chosen from what is in memory, and changed by nothing but what it is told.
import type { ManifestEntry } from '../memcache/manifest-entry.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { byCodeUnits } from '../oci/code-units.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { sorted, unhurried } from '../thread/turns.ts';
import type { Turns } from '../thread/turns.ts';
import { imageName, isPinned } from './cached-images.ts';
import type { CachedImage } from './cached-images.ts';
import { imageRoots } from './image-roots.ts';
import type { ImageRoot } from './image-roots.ts';

/** An image with what decides whether it goes. */
export interface Candidate extends CachedImage {
  readonly name: string;
  /** ISO time of the last pull of any part of it; of its coming, where it was never pulled. */
  readonly pulled: string;
  readonly blobs: ReadonlySet<Digest>;
}

export interface PruneWish {
  readonly fits: (image: Candidate) => boolean;
  /** Of those that fit the least recently pulled go until so many bytes are free; all of them where it is not given. */
  readonly bytes?: number;
  /** What no image needs goes if it came before: ISO time. What is just being brought in is needed by nothing yet. */
  readonly leftBefore: string;
}

export interface PruneState {
  readonly memcache: Memcache;
  pulledAt(entry: ManifestEntry): string;
}

export interface PlannedImage {
  readonly image: Candidate;
  /** Bytes of blobs that nothing needs any more when this has gone, after those before it. */
  readonly freed: number;
}

/** What a manifest is to lose. */
export interface Removal {
  readonly entry: ManifestEntry;
  readonly references: ReadonlyMap<RepositoryId, LostReference>;
}

export interface LostReference {
  /** Each with the time it was bound at: one that has been bound anew is another. */
  readonly tags: ReadonlyMap<Tag, string>;
  /** Whether the repository has it no more at all. */
  readonly whole: boolean;
}

export interface PrunePlan {
  /** In the order in which they go. */
  readonly images: readonly PlannedImage[];
  /** Those that fit, and stay because they are pinned. */
  readonly pinned: readonly Candidate[];
  /** In steps: an index before its children, a subject before what refers to it, so that what is left is never half an image. */
  readonly removals: readonly (readonly Removal[])[];
  /** Cached blobs that nothing needs when the removals are done. */
  readonly blobs: readonly Digest[];
}

/** O(n log n) in what is cached. */
export async function planPrune(state: PruneState, wish: PruneWish, turns: Turns): Promise<PrunePlan> {
  const { memcache } = state;
  const roots = await imageRoots(memcache, turns);
  const needs = new Needs(memcache);
  const candidates: [Candidate, ImageRoot][] = [];
  const pinned: Candidate[] = [];
  for await (const root of unhurried(roots, turns)) {
    needs.add(root);
    const pulled = root.manifests.map((entry) => state.pulledAt(entry)).reduce((a, b) => (a > b ? a : b));
    for (const image of root.images) {
      const candidate = { ...image, name: imageName(image), pulled, blobs: root.blobs };
      if (!wish.fits(candidate)) continue;
      if (isPinned(image)) pinned.push(candidate);
      else candidates.push([candidate, root]);
    }
  }
  const oldestFirst = await sorted(
    candidates,
    ([a], [b]) => byCodeUnits(a.pulled, b.pulled) || byCodeUnits(a.name, b.name),
    turns,
  );

  const images: PlannedImage[] = [];
  let freed = 0;
  for await (const [image, root] of unhurried(oldestFirst, turns)) {
    if (wish.bytes !== undefined && freed >= wish.bytes) break;
    const bytes = needs.drop(root);
    images.push({ image, freed: bytes });
    freed += bytes;
  }
  const names = new Set(images.map(({ image }) => image.name));
  const removals = new Map<Digest, Removal>();
  const going = new Set<Digest>();
  for await (const entry of unhurried([...memcache.manifests.values()], turns)) {
    const removal = removalOf(entry, { names, needs, leftBefore: wish.leftBefore });
    if (removal !== undefined) removals.set(entry.digest, removal);
    if (removal !== undefined && isEmptied(removal) && !needs.content(entry.digest)) going.add(entry.digest);
  }
  return {
    images,
    pinned,
    removals: await inSteps(memcache, removals, turns),
    blobs: await unneeded(memcache, going, turns),
  };
}

/** How many roots need each manifest and blob: at none it goes. */
class Needs {
  readonly #memcache: Memcache;
  readonly #content = new Map<Digest, number>();
  /** By repository and digest. */
  readonly #held = new Map<string, number>();
  readonly #images = new Map<ImageRoot, number>();

  constructor(memcache: Memcache) {
    this.#memcache = memcache;
  }

  add(root: ImageRoot): void {
    this.#images.set(root, root.images.length);
    for (const { digest } of root.manifests) {
      count(this.#content, digest, 1);
      count(this.#held, `${root.repository}@${digest}`, 1);
    }
    for (const digest of root.blobs) count(this.#content, digest, 1);
  }

  /** One of the root's images goes; returns the bytes that nobody needs then. */
  drop(root: ImageRoot): number {
    if (count(this.#images, root, -1) > 0) return 0;
    let bytes = 0;
    for (const { digest } of root.manifests) {
      count(this.#content, digest, -1);
      count(this.#held, `${root.repository}@${digest}`, -1);
    }
    for (const digest of root.blobs)
      if (count(this.#content, digest, -1) === 0) bytes += this.#memcache.blobs.size(digest) ?? 0;
    return bytes;
  }

  content(digest: Digest): boolean {
    return (this.#content.get(digest) ?? 0) > 0;
  }

  /** 0: until now it was needed; undefined: nobody did before. */
  held(repository: RepositoryId, digest: Digest): number | undefined {
    return this.#held.get(`${repository}@${digest}`);
  }
}

interface Choice {
  /** Of the images that go. */
  readonly names: ReadonlySet<string>;
  readonly needs: Needs;
  readonly leftBefore: string;
}

function removalOf(entry: ManifestEntry, { names, needs, leftBefore }: Choice): Removal | undefined {
  const isOld = entry.created < leftBefore;
  const references = new Map<RepositoryId, LostReference>();
  for (const [repository, tags] of entry.references) {
    const held = needs.held(repository, entry.digest);
    const whole = held === 0 || (held === undefined && isOld);
    // Also where a crash in mid-move has left the tag behind: it must not come back.
    const lost = [...tags].filter(([tag]) => whole || names.has(`${repository}:${tag}`));
    if (whole || lost.length > 0)
      references.set(repository, { whole, tags: new Map(lost.map(([tag, { bound }]) => [tag, bound])) });
  }
  const isLeft = entry.references.size === 0 && isOld && !needs.content(entry.digest);
  return references.size > 0 || isLeft ? { entry, references } : undefined;
}

/** Whether no repository has it any more. */
function isEmptied({ entry, references }: Removal): boolean {
  return [...entry.references.keys()].every((repository) => references.get(repository)?.whole === true);
}

async function inSteps(
  { manifests }: Memcache,
  removals: ReadonlyMap<Digest, Removal>,
  turns: Turns,
): Promise<readonly (readonly Removal[])[]> {
  // How many of those above it each one waits for.
  const waiting = new Map<Digest, number>();
  for await (const [digest, { entry }] of unhurried(removals, turns)) {
    const above = [...manifests.parents(digest), ...(entry.subject === undefined ? [] : [entry.subject])];
    waiting.set(digest, above.filter((each) => removals.has(each)).length);
  }
  const steps: Removal[][] = [];
  let step = [...removals.values()].filter(({ entry }) => waiting.get(entry.digest) === 0);
  while (step.length > 0) {
    steps.push(step);
    const next: Removal[] = [];
    for await (const { entry } of unhurried(step, turns)) {
      const children = entry.kind === 'index' ? new Set(entry.children.map(({ digest }) => digest)) : [];
      for (const digest of [...children, ...manifests.referrers(entry.digest)]) {
        const removal = removals.get(digest);
        if (removal !== undefined && count(waiting, digest, -1) === 0) next.push(removal);
      }
    }
    step = next;
  }
  return steps;
}

/** The cached blobs that only manifests name which go. */
async function unneeded(
  { manifests, blobs }: Memcache,
  going: ReadonlySet<Digest>,
  turns: Turns,
): Promise<readonly Digest[]> {
  const named = new Set<Digest>();
  for await (const digest of unhurried(going, turns)) {
    const entry = manifests.get(digest);
    if (entry?.kind !== 'index') for (const child of entry?.children ?? []) named.add(child.digest);
  }
  const found: Digest[] = [];
  for await (const digest of unhurried(named, turns)) {
    const parents = manifests.parents(digest).values();
    if (blobs.size(digest) !== undefined && parents.every((parent) => going.has(parent))) found.push(digest);
  }
  return found;
}

function count<K>(counts: Map<K, number>, key: K, change: number): number {
  const now = (counts.get(key) ?? 0) + change;
  counts.set(key, now);
  return now;
}
