// Which manifest each tag leads to, worked out from what the holders claim.
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import type { Holder } from './holder.ts';

/**
 * The time to bind a tag at: now, but always later than the binding it replaces, also when the clock jumped back.
 * @param previous the replaced binding's ISO time
 */
export function boundAfter(previous: string | undefined, now: Date): string {
  const replaced = previous === undefined ? Number.NaN : Date.parse(previous);
  if (Number.isNaN(replaced)) return now.toISOString();
  return new Date(Math.max(now.getTime(), replaced + 1)).toISOString();
}

/**
 * Resolves every tag, by `registry/repository` and tag.
 * A tag moves by writing its new holder and then its old one; where a crash came in between both claim it,
 * and the later binding is the true one. Equal times cannot come from one server; then the greater digest
 * wins, so that all who read the directory agree.
 */
export function resolveTags(holders: Iterable<Holder>): Map<string, Map<Tag, Digest>> {
  const winners = new Map<string, Map<Tag, { digest: Digest; bound: number }>>();
  for (const { digest, references } of holders) {
    for (const { registry, repository, tags } of references) {
      const key = `${registry}/${repository}`;
      let table = winners.get(key);
      if (table === undefined) {
        table = new Map<Tag, { digest: Digest; bound: number }>();
        winners.set(key, table);
      }
      for (const [name, binding] of Object.entries(tags)) {
        const tag = name as Tag; // keys of `tags` were parsed when the holder was read
        const bound = Date.parse(binding.bound);
        const rival = table.get(tag);
        const wins = rival === undefined || bound > rival.bound;
        if (wins || (bound === rival.bound && digest > rival.digest)) table.set(tag, { digest, bound });
      }
    }
  }
  return new Map(
    Array.from(winners, ([key, table]) => [
      key,
      new Map(Array.from(table, ([tag, { digest }]) => [tag, digest])),
    ]),
  );
}
