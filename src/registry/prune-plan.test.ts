// What a prune takes, from caches that are written down as tables.
import { describe, expect, test } from 'vitest';
import { createMemcache } from '../memcache/memcache.ts';
import type { Memcache } from '../memcache/memcache.ts';
import type { ManifestEntry, TagState } from '../memcache/manifest-entry.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import type { Tag } from '../oci/reference.ts';
import { cosignTags, referrersTag } from '../oci/referrers-tag.ts';
import { planPrune } from './prune-plan.ts';
import type { PruneWish } from './prune-plan.ts';
import { Turns } from '../thread/turns.ts';

interface Made {
  /** By repository of `r.test`; a tag that ends in `!` is pinned, and `!` alone is the manifest itself. */
  readonly in: Readonly<Record<string, readonly string[]>>;
  /** Names of blobs, all of 100 bytes, or of manifests of an index. */
  readonly names?: readonly string[];
  readonly index?: true;
  readonly subject?: string;
  /** The day of its coming, and of its last pull. */
  readonly day?: number;
}

const dayOf = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`;
const idOf = (repository: string): RepositoryId => `r.test/${repository}` as RepositoryId;

function entryOf(name: string, made: Made): ManifestEntry {
  const day = dayOf(made.day ?? 1);
  const references = new Map<RepositoryId, ReadonlyMap<Tag, TagState>>();
  const pinned = new Set<RepositoryId>();
  for (const [repository, tags] of Object.entries(made.in)) {
    if (tags.includes('!')) pinned.add(idOf(repository));
    const states = tags.flatMap((tag): [Tag, TagState][] =>
      tag === '!'
        ? []
        : [
            [
              tag.replace('!', '') as Tag,
              { bound: day, revalidated: undefined, ...(tag.endsWith('!') && { pinned: true as const }) },
            ],
          ],
    );
    references.set(idOf(repository), new Map(states));
  }
  return {
    digest: digestOf(name),
    kind: made.index ? 'index' : 'image',
    mediaType: made.index ? mediaTypes.ociIndex : mediaTypes.ociManifest,
    size: 10,
    children: (made.names ?? []).map((child) => ({
      digest: digestOf(child),
      size: 100,
      mediaType: mediaTypes.octetStream,
    })),
    ...(made.subject !== undefined && { subject: digestOf(made.subject) }),
    anonymous: true,
    created: day,
    lastPulled: day,
    references,
    ...(pinned.size > 0 && { pinned }),
  };
}

/** All blobs are cached whose names do not begin with `no`. */
function cacheOf(manifests: Readonly<Record<string, Made>>): Memcache {
  const memcache = createMemcache({ manifestBytes: 1000, blobBytes: 1000 });
  for (const [name, made] of Object.entries(manifests)) {
    memcache.manifests.put(entryOf(name, made));
    for (const blob of made.index ? [] : (made.names ?? []))
      if (!blob.startsWith('no')) memcache.blobs.put(digestOf(blob), 100);
  }
  return memcache;
}

/** What goes, in names: images with what each frees, manifests by step, blobs. */
async function planned(manifests: Readonly<Record<string, Made>>, wish: Partial<PruneWish>) {
  const memcache = cacheOf(manifests);
  const names = new Map<Digest, string>();
  for (const [name, { names: parts = [] }] of Object.entries(manifests))
    for (const each of [name, ...parts]) names.set(digestOf(each), each);
  const state = { memcache, pulledAt: (entry: ManifestEntry) => entry.lastPulled ?? entry.created };
  const plan = await planPrune(state, { fits: () => true, leftBefore: dayOf(1), ...wish }, new Turns());
  const named = (digest: Digest): string => names.get(digest) ?? digest;
  return {
    images: plan.images.map(
      ({ image, freed }) => `${image.name.slice(7).replace(/@.*/, `@${named(image.entry.digest)}`)} ${freed}`,
    ),
    pinned: plan.pinned.map(({ name }) => name.slice(7)),
    steps: plan.removals.map((step) =>
      step
        .map(
          ({ entry, references }) =>
            [...references]
              .map(
                ([id, { tags, whole }]) =>
                  `${named(entry.digest)} ${whole ? 'all of' : 'of'} ${id.slice(7)}:${[...tags.keys()].join()}`,
              )
              .join('; ') || `${named(entry.digest)} left`,
        )
        .sort(),
    ),
    blobs: plan.blobs.map(named).sort(),
  };
}

const only =
  (...endings: string[]): PruneWish['fits'] =>
  ({ name }) =>
    endings.some((ending) => name.endsWith(ending));

interface Row {
  readonly what: string;
  readonly cache: Readonly<Record<string, Made>>;
  readonly wish?: Partial<PruneWish>;
  readonly goes: Partial<Awaited<ReturnType<typeof planned>>>;
}

const rows: readonly Row[] = [
  { what: 'nothing of nothing', cache: {}, goes: { images: [], pinned: [], steps: [], blobs: [] } },
  {
    what: 'an image, its config and its layers',
    cache: { one: { in: { app: ['v1'] }, names: ['config', 'layer', 'no layer'] } },
    goes: { images: ['app:v1 200'], steps: [['one all of app:v1']], blobs: ['config', 'layer'] },
  },
  {
    what: 'of two tags of one manifest the tag alone, and then all',
    cache: { one: { in: { app: ['v1', 'v2'] }, names: ['layer'] } },
    wish: { fits: only(':v1') },
    goes: { images: ['app:v1 0'], steps: [['one of app:v1']], blobs: [] },
  },
  {
    what: 'both tags of one manifest: the last frees it',
    cache: { one: { in: { app: ['v1', 'v2'] }, names: ['layer'] } },
    goes: { images: ['app:v1 0', 'app:v2 100'], steps: [['one all of app:v1,v2']], blobs: ['layer'] },
  },
  {
    what: 'what two images share goes with the last of them',
    cache: {
      one: { in: { app: ['v1'] }, names: ['base', 'a'], day: 1 },
      two: { in: { team: ['v2'] }, names: ['base', 'b'], day: 2 },
    },
    goes: { images: ['app:v1 100', 'team:v2 200'], blobs: ['a', 'b', 'base'] },
  },
  {
    what: 'what two images share stays with the other',
    cache: {
      one: { in: { app: ['v1'] }, names: ['base', 'a'] },
      two: { in: { team: ['v2'] }, names: ['base', 'b'] },
    },
    wish: { fits: only(':v1') },
    goes: { images: ['app:v1 100'], blobs: ['a'] },
  },
  {
    what: 'one manifest in two repositories leaves one of them',
    cache: { one: { in: { app: ['v1'], team: ['v1'] }, names: ['layer'] } },
    wish: { fits: only('app:v1') },
    goes: { images: ['app:v1 0'], steps: [['one all of app:v1']], blobs: [] },
  },
  {
    what: 'an index before its children, whatever their number and depth',
    cache: {
      amd: { in: { app: [] }, names: ['a'] },
      arm: { in: { app: [] }, names: ['b'] },
      inner: { in: { app: [] }, names: ['arm'], index: true },
      outer: { in: { app: ['v1'] }, names: ['amd', 'inner', 'absent'], index: true },
    },
    goes: {
      images: ['app:v1 200'],
      steps: [['outer all of app:v1'], ['amd all of app:', 'inner all of app:'], ['arm all of app:']],
      blobs: ['a', 'b'],
    },
  },
  {
    what: 'a child that another index names stays',
    cache: {
      amd: { in: { app: [] }, names: ['a'] },
      arm: { in: { app: [] }, names: ['b'] },
      old: { in: { app: ['v1'] }, names: ['amd', 'arm'], index: true },
      new: { in: { app: ['v2'] }, names: ['amd'], index: true },
    },
    wish: { fits: only(':v1') },
    goes: { images: ['app:v1 100'], steps: [['old all of app:v1'], ['arm all of app:']], blobs: ['b'] },
  },
  {
    what: 'a child that an index of another repository names keeps its content, not its repository',
    cache: {
      amd: { in: { app: ['v1'] }, names: ['a'] },
      index: { in: { team: ['v1'] }, names: ['amd'], index: true },
    },
    wish: { fits: only('app:v1') },
    goes: { images: ['app:v1 0'], steps: [['amd all of app:v1']], blobs: [] },
  },
  {
    what: 'a tag that is also a child of a tagged index leaves only the tag',
    cache: {
      amd: { in: { app: ['v1-amd64'] }, names: ['a'] },
      index: { in: { app: ['v1'] }, names: ['amd'], index: true },
    },
    wish: { fits: only('v1-amd64') },
    goes: { images: ['app:v1-amd64 0'], steps: [['amd of app:v1-amd64']], blobs: [] },
  },
  {
    what: 'what no tag leads to is an image',
    cache: { one: { in: { app: [] }, names: ['layer'] } },
    goes: { images: ['app@one 100'], steps: [['one all of app:']], blobs: ['layer'] },
  },
  {
    what: 'referrers go with their subject, after it, also theirs',
    cache: {
      one: { in: { app: ['v1'] }, names: ['layer'] },
      sbom: { in: { app: [] }, names: ['text'], subject: 'one' },
      signature: { in: { app: [] }, names: ['sig'], subject: 'sbom' },
    },
    goes: {
      images: ['app:v1 300'],
      steps: [['one all of app:v1'], ['sbom all of app:'], ['signature all of app:']],
      blobs: ['layer', 'sig', 'text'],
    },
  },
  {
    what: 'cosign’s tags and lists of referrers go with their subject and are no images',
    cache: {
      one: { in: { app: ['v1'] }, names: ['layer'] },
      cosigned: { in: { app: [String(cosignTags(digestOf('one'))[0])] }, names: ['sig'] },
      list: { in: { app: [referrersTag(digestOf('one'))] }, index: true },
    },
    goes: { images: ['app:v1 200'], blobs: ['layer', 'sig'] },
  },
  {
    what: 'a referrer of a subject that is not there is an image',
    cache: { sbom: { in: { app: [] }, names: ['text'], subject: 'one' } },
    goes: { images: ['app@sbom 100'], blobs: ['text'] },
  },
  {
    what: 'a referrer with a tag of its own loses the tag, and stays with its subject',
    cache: {
      one: { in: { app: ['v1'] }, names: ['layer'] },
      sbom: { in: { app: ['sbom-1'] }, names: ['text'], subject: 'one' },
    },
    wish: { fits: only('sbom-1') },
    goes: { images: ['app:sbom-1 0'], steps: [['sbom of app:sbom-1']], blobs: [] },
  },
  {
    what: 'what is pinned stays: the tag, with children and referrers',
    cache: {
      index: { in: { app: ['v1!'] }, names: ['amd'], index: true },
      amd: { in: { app: [] }, names: ['a'] },
      sbom: { in: { app: [] }, names: ['text'], subject: 'amd' },
      other: { in: { app: ['v2'] }, names: ['a', 'b'] },
    },
    goes: { images: ['app:v2 100'], pinned: ['app:v1'], steps: [['other all of app:v2']], blobs: ['b'] },
  },
  {
    what: 'what is pinned stays: the manifest itself, with every tag of its repository, and of no other',
    cache: { one: { in: { app: ['v1', '!'], team: ['v1'] }, names: ['a'] } },
    goes: { images: ['team:v1 0'], pinned: ['app:v1'], steps: [['one all of team:v1']], blobs: [] },
  },
  {
    what: 'a pinned referrer stays when its subject goes',
    cache: {
      one: { in: { app: ['v1'] }, names: ['layer'] },
      sbom: { in: { app: ['!'] }, names: ['text'], subject: 'one' },
    },
    wish: { fits: only(':v1') },
    goes: { images: ['app:v1 100'], steps: [['one all of app:v1']], blobs: ['layer'] },
  },
  {
    what: 'to a size the least recently pulled, and no more than it takes',
    cache: {
      new: { in: { app: ['v3'] }, names: ['c'], day: 9 },
      old: { in: { app: ['v1'] }, names: ['a'], day: 3 },
      middle: { in: { app: ['v2'] }, names: ['b'], day: 5 },
    },
    wish: { bytes: 101 },
    goes: { images: ['app:v1 100', 'app:v2 100'], blobs: ['a', 'b'] },
  },
  {
    what: 'to a size: what frees nothing alone goes until something is freed',
    cache: {
      one: { in: { app: ['v1'] }, names: ['base'], day: 1 },
      two: { in: { app: ['v2'] }, names: ['base'], day: 2 },
      new: { in: { app: ['v3'] }, names: ['c'], day: 3 },
    },
    wish: { bytes: 1 },
    goes: { images: ['app:v1 0', 'app:v2 100'], blobs: ['base'] },
  },
  {
    what: 'to a size: a pull of a platform is one of the index',
    cache: {
      index: { in: { app: ['v1'] }, names: ['amd'], index: true, day: 1 },
      amd: { in: { app: [] }, names: ['a'], day: 9 },
      other: { in: { app: ['v2'] }, names: ['b'], day: 5 },
    },
    wish: { bytes: 1 },
    goes: { images: ['app:v2 100'] },
  },
  {
    what: 'to a size that it has already: nothing',
    cache: { one: { in: { app: ['v1'] }, names: ['a'] } },
    wish: { bytes: -5 },
    goes: { images: [], steps: [], blobs: [] },
  },
  {
    what: 'what nothing needs goes when it is old',
    cache: {
      nobodys: { in: {}, names: ['a'], day: 2 },
      young: { in: {}, names: ['b'], day: 5 },
      list: { in: { app: [referrersTag(digestOf('gone'))] }, index: true, day: 2 },
      image: { in: { app: ['v1'] }, names: ['c'], day: 2 },
    },
    wish: { fits: () => false, leftBefore: dayOf(3) },
    goes: {
      images: [],
      steps: [[`list all of app:${referrersTag(digestOf('gone'))}`, 'nobodys left']],
      blobs: ['a'],
    },
  },
];

describe('a plan takes', () => {
  test.each(rows)('$what', async ({ cache, wish = {}, goes }) => {
    expect(await planned(cache, wish)).toMatchObject(goes);
  });

  test('also a claim to the tag that a crash left behind, so that it does not come back', async () => {
    const made = {
      winner: { in: { app: ['v1'] }, names: ['a'], day: 5 },
      loser: { in: { app: ['v1'] }, names: ['b'], day: 2 },
    };
    const { images, steps } = await planned(made, { fits: only(':v1') });
    expect({ images, steps }).toEqual({
      images: ['app:v1 100'],
      steps: [['loser of app:v1', 'winner all of app:v1']],
    });
  });
});
