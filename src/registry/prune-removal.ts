// What a prune leaves of a holder, decided on the holder as it is: it may have gained since the prune was planned.
import type { Manifests } from '../memcache/manifests.ts';
import type { RepositoryId } from '../memcache/repository-id.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { tagTable } from '../serialize/holder.ts';
import type { Holder, HolderReference } from '../serialize/holder.ts';
import type { LostReference, Removal } from './prune-plan.ts';
import { targetId } from './target.ts';

/**
 * The holder without what it loses: undefined when nothing is left. What has been pinned or bound anew stays, and what
 * an index or a subject that came back needs again.
 */
export function withoutLost(holder: Holder, removal: Removal, manifests: Manifests): Holder | undefined {
  const references = holder.references.flatMap((reference) => {
    const id = targetId(reference);
    const loss = removal.references.get(id);
    if (loss === undefined || reference.pinned === true) return [reference];
    const left = withoutTags(reference, loss);
    const isGone = loss.whole && Object.keys(left.tags).length === 0;
    return isGone && !isHeld(manifests, removal, id) ? [] : [left];
  });
  const isLeft = references.length > 0 || manifests.parents(holder.digest).size > 0;
  if (!isLeft) return undefined;
  const isSame =
    references.length === holder.references.length &&
    references.every((reference, index) => reference === holder.references[index]);
  return isSame ? holder : { ...holder, references };
}

function withoutTags(reference: HolderReference, { tags }: LostReference): HolderReference {
  const all = Object.entries(reference.tags);
  const left = all.filter(([tag, { bound, pinned }]) => pinned === true || tags.get(tag as Tag) !== bound);
  return left.length === all.length ? reference : { ...reference, tags: tagTable(left) };
}

/** Whether the repository has something that needs the manifest: an index that names it, or its subject. */
function isHeld(manifests: Manifests, { entry: { digest, subject } }: Removal, id: RepositoryId): boolean {
  const has = (above: Digest): boolean => manifests.get(above)?.references.has(id) === true;
  return manifests.parents(digest).values().some(has) || (subject !== undefined && has(subject));
}
