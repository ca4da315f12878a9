// For how long a cached tag is believed before its registry is asked again.
import type { RegistryEntry, Revalidation } from '../config/config.ts';
import type { TagState } from '../memcache/manifest-entry.ts';
import type { Tag } from '../oci/reference.ts';
import { matchesWildcard } from '../oci/wildcard.ts';

/** `v1.2.3`, `1.2.3-alpine3.22`, `2026.11.21`: three numbers say that it is one release, not a line of them. */
const fullVersion = /^v?\d+\.\d+\.\d+(?:[-+._][0-9A-Za-z][0-9A-Za-z._+-]*)?$/;

export interface FreshnessOptions {
  readonly alwaysPullLatest: boolean;
  readonly now: Date;
}

/** Whether a cached tag may be served without a question. */
export function isFresh(
  entry: RegistryEntry,
  tag: Tag,
  state: TagState | undefined,
  { alwaysPullLatest, now }: FreshnessOptions,
): boolean {
  if (alwaysPullLatest && tag === 'latest') return false;
  const policy = revalidation(entry, tag);
  if (policy === 'always') return false;
  if (policy === 'never') return true;
  const age = now.getTime() - (state?.revalidated ?? -Infinity);
  // A clock that was set back must not freeze a tag.
  return age >= 0 && age < policy;
}

/** The first pattern that fits the tag decides, then whether it is an immutable version, then the registry's rule. */
function revalidation({ tags, immutableVersions, revalidate }: RegistryEntry, tag: Tag): Revalidation {
  const rule = tags.find(({ pattern }) => matchesWildcard(pattern, tag));
  if (rule !== undefined) return rule.revalidate;
  return immutableVersions && fullVersion.test(tag) ? 'never' : revalidate;
}
