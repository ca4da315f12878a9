// Lists of tags: the upstream's where it can be asked, else those that are cached.
import type { Tag } from '../oci/reference.ts';
import type { TagsList, TagsPageOptions } from '../upstream/registry-reads.ts';
import { AirGapped } from './access.ts';
import type { TagsAnswer } from './answers.ts';
import { cachedTags } from './discovery.ts';
import type { EngineParts } from './engine-parts.ts';
import { isAirGapped } from './policy.ts';
import { RecentLists } from './recent-lists.ts';
import type { ListTimes } from './recent-lists.ts';
import { targetId } from './target.ts';
import type { Target } from './target.ts';
import { translate } from './translate.ts';

const onlyCached = '299 - "only the tags that are cached; the registry did not list its own"';

/** The upstream's list is never mixed with ours: a tag that was withdrawn must not look like the newest release. */
export class TagLists {
  readonly #parts: EngineParts;
  readonly #recent: RecentLists<TagsList>;

  constructor(parts: EngineParts, times: ListTimes) {
    this.#parts = parts;
    this.#recent = new RecentLists(parts, times, ({ tags }) =>
      tags.reduce((bytes, tag) => bytes + 16 + tag.length, 0),
    );
  }

  /** @throws {OciError} NAME_UNKNOWN when the upstream says so, or cannot be asked, and nothing is cached */
  async get(target: Target, { n, last }: TagsPageOptions): Promise<TagsAnswer> {
    // "When n is zero, this endpoint MUST return an empty list": whether there is such a repository is asked all the same.
    if (n === 0) return { ...(await this.get(target, { n: 1 })), whole: true, tags: [] };
    const { cache, config, upstreams, misses, log } = this.#parts;
    const id = targetId(target);
    if (isAirGapped(config, target)) {
      const tags = await this.#cached(target);
      if (tags === undefined) throw new AirGapped(target, '', 'NAME_UNKNOWN');
      return { tags, whole: true, outcome: 'hit', warnings: [] };
    }
    const key = n === undefined ? id : `${id}?${n}&${last ?? ''}`;
    const recent = this.#recent.get(id) ?? this.#recent.get(key);
    if (recent !== undefined) return { ...recent, outcome: 'hit' };
    const known = cachedTags(cache, target);
    try {
      const list = await this.#recent.ask(
        target,
        key,
        () => upstreams.get(target).tagsList(target.repository, { n, last }),
        {
          soft: known !== undefined && known.length > 0,
          keyOf: ({ whole }) => (whole ? id : key),
        },
      );
      if (list !== undefined) {
        if (known === undefined) misses.fetched('tags', target);
        return { ...list, outcome: 'miss' };
      }
    } catch (error) {
      if ((await this.#cached(target)) === undefined) throw translate(error, target.registry, 'NAME_UNKNOWN');
      log.warn('listing cached tags in place of the registry’s', { repository: id, error: String(error) });
    }
    const tags = cachedTags(cache, target) ?? [];
    return { tags, whole: true, outcome: 'stale', warnings: [onlyCached] };
  }

  /** Another process on the same directory may have cached what we have not. */
  async #cached(target: Target): Promise<readonly Tag[] | undefined> {
    const { cache } = this.#parts;
    cache.index.refresh();
    if (cachedTags(cache, target) === undefined) await cache.index.refreshed();
    return cachedTags(cache, target);
  }
}
