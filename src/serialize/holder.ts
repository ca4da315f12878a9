// The holder: the JSON file that stores one manifest and what we know about it.
import { z } from 'zod';
import { digestAlgorithm, digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { isTag } from '../oci/reference.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';
import type { RepositoryName } from '../oci/repository.ts';
import { DigestMismatch } from './errors.ts';
import { parseRecord } from './record-codec.ts';
import type { RecordCodec } from './record-codec.ts';

/** Which directory a holder lives in: `fat` for indexes, `img` for everything else. */
export type HolderKind = 'fat' | 'img';

/** That a tag leads here. */
export interface TagBinding {
  /** When the tag was bound: ISO time, strictly greater than that of the binding it replaced. */
  readonly bound: string;
  /** When upstream last said that the tag still leads here: ISO time. */
  readonly revalidated?: string;
  /** What the tag leads to is kept, here and wherever it moves. */
  readonly pinned?: true;
}

/** One repository that the manifest belongs to. */
export interface HolderReference {
  readonly registry: RegistryHost;
  readonly repository: RepositoryName;
  /** By tag. Without a prototype when read from the store, because `constructor` and `__proto__` are tags. */
  readonly tags: Readonly<Record<string, TagBinding>>;
  /** The manifest itself is kept for this repository, whatever its tags do. */
  readonly pinned?: true;
}

export interface Holder {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The manifest's exact bytes as text: encoded as UTF-8 they hash to `digest`. */
  readonly manifest: string;
  /** Ever obtained without credentials: public content. */
  readonly anonymous: boolean;
  readonly created: string;
  readonly lastPulled?: string;
  readonly references: readonly HolderReference[];
}

/** A table of tags without a prototype, so that looking up `constructor` finds no function. */
export function tagTable(entries: Iterable<readonly [string, TagBinding]>): Record<string, TagBinding> {
  const table = Object.create(null) as Record<string, TagBinding>;
  for (const [tag, binding] of entries) table[tag] = binding;
  return table;
}

const instant = z.iso.datetime();

const pinned = z.literal(true).exactOptional();

const bindingSchema = z.object({ bound: instant, revalidated: instant.exactOptional(), pinned });

// z.record drops a key called `__proto__`, which is a well-formed tag.
const tagsSchema = z.unknown().transform((value, context) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    context.addIssue('tags must be an object');
    return z.NEVER;
  }
  const entries: [string, TagBinding][] = [];
  for (const [tag, binding] of Object.entries(value)) {
    const parsed = bindingSchema.safeParse(binding);
    if (!isTag(tag) || !parsed.success) {
      context.addIssue(`malformed tag ${JSON.stringify(tag)}`);
      return z.NEVER;
    }
    entries.push([tag, parsed.data]);
  }
  return tagTable(entries);
});

/** Runs one of oci's parsers inside a schema: what it throws becomes an issue. */
function parsedBy<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue(error instanceof Error ? error.message : String(error));
      return z.NEVER;
    }
  });
}

const holderSchema = z.object({
  digest: z.string().refine(isDigest),
  mediaType: z.string(),
  anonymous: z.boolean(),
  created: instant,
  lastPulled: instant.exactOptional(),
  references: z.array(
    z.object({
      registry: parsedBy(parseRegistryHost),
      repository: parsedBy(parseRepositoryName),
      tags: tagsSchema,
      pinned,
    }),
  ),
  manifest: z.string(),
});

/** @throws {DigestMismatch} when the manifest's text does not encode to bytes that hash to the digest */
function checkManifest(digest: Digest, manifest: string): void {
  const actual = digestOf(manifest, digestAlgorithm(digest));
  if (actual !== digest) throw new DigestMismatch(digest, actual);
}

export const holderCodec: RecordCodec<Holder> = {
  decode(text, digest) {
    const holder = holderSchema.parse(parseRecord(text));
    if (holder.digest !== digest) throw new Error(`it is the holder of ${holder.digest}`);
    checkManifest(digest, holder.manifest);
    return holder;
  },
  encode({ digest, mediaType, anonymous, created, lastPulled, references, manifest }) {
    checkManifest(digest, manifest);
    // The manifest comes last: what a person looks for in the file stands above it.
    const file = {
      version: 1,
      digest,
      mediaType,
      anonymous,
      created,
      lastPulled,
      references: references.map(({ registry, repository, tags, pinned }) => ({
        registry,
        repository,
        pinned,
        tags: tagTable(
          Object.entries(tags).map(([tag, { bound, revalidated, pinned }]) => [
            tag,
            {
              bound,
              ...(revalidated !== undefined && { revalidated }),
              ...(pinned !== undefined && { pinned }),
            },
          ]),
        ),
      })),
      manifest,
    };
    return `${JSON.stringify(file, undefined, 2)}\n`;
  },
};
