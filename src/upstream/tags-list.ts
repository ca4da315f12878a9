// A repository's tags as an endpoint lists them: a page where a client wants one and it can be trusted, else all.
import { isRecord } from '../oci/descriptor.ts';
import { baseMediaType } from '../oci/media-type.ts';
import { isTag } from '../oci/reference.ts';
import type { Tag } from '../oci/reference.ts';
import { UpstreamError } from './errors.ts';
import { allPages, nextQuery, provenanceOfAll } from './list-pages.ts';
import type { AskPage, ListPage } from './list-pages.ts';
import type { Provenance, TagsList, TagsPageOptions } from './registry-reads.ts';

/** Some registries refuse to be asked for more. */
const MAX_PAGE = 1000;
const MAX_BYTES = 16 * 1024 * 1024;
/** What our own clients may send as `last`. */
const MAX_LAST = 512;

/**
 * The page that was asked for, if the endpoint pages by `n` and `last` and in ASCII order; else the whole list, in
 * ASCII order, whatever cursors it pages by.
 * @throws {UpstreamError}
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export async function readTags(ask: AskPage, { n, last }: TagsPageOptions): Promise<TagsList> {
  if (n !== undefined) {
    const found = await readPage(ask, Math.min(n, MAX_PAGE), last);
    if (found !== undefined) return found;
  }
  const tags = new Set<Tag>();
  const pages: Provenance[] = [];
  const first = new URLSearchParams({ n: String(MAX_PAGE) });
  for await (const page of allPages(ask, first, { maxBytes: MAX_BYTES })) {
    for (const tag of tagsOf(page)) if (isTag(tag)) tags.add(tag);
    pages.push({ anonymous: page.anonymous, warnings: page.warnings });
  }
  return { ...provenanceOfAll(pages), tags: [...tags].sort(), whole: true };
}

/** Undefined when the endpoint does not do pages as they should be. */
async function readPage(ask: AskPage, n: number, last: string | undefined): Promise<TagsList | undefined> {
  const query = new URLSearchParams({ n: String(n) });
  if (last !== undefined) query.set('last', last);
  const page = await ask(query);
  const listed = tagsOf(page);
  const more = nextQuery(page);
  const { anonymous, warnings } = page;
  const tags = listed.filter((tag) => isTag(tag));
  // A Link is optional where there is more, so a full page without one says nothing about the rest.
  if (last === undefined && more === undefined && listed.length !== n) {
    return { anonymous, warnings, tags: [...new Set(tags)].sort(), whole: true };
  }
  const isPage =
    listed.length <= n &&
    listed.every((tag, index) => {
      const before = index === 0 ? last : listed[index - 1];
      return before === undefined || before < tag;
    });
  if (!isPage) return undefined;
  if (more === undefined) return { anonymous, warnings, tags, whole: false };
  // The way on must be one that our own Link can name, and lead on.
  const next = more.get('last');
  const final = listed.at(-1);
  if (next === null || next.length > MAX_LAST || final === undefined || next < final) return undefined;
  return { anonymous, warnings, tags, whole: false, next };
}

/** What is listed, in its order; also what can be no tag, since it may be where the next page begins. */
function tagsOf({ bytes, contentType, exchange }: ListPage): readonly string[] {
  const body = baseMediaType(contentType ?? '') === 'text/html' ? undefined : parsed(bytes);
  // Go writes an empty list that was never made as null.
  const tags = isRecord(body) ? (body['tags'] ?? []) : undefined;
  if (!Array.isArray(tags)) throw new UpstreamError('invalid', 'answered no list of tags', exchange);
  return tags.filter((tag) => typeof tag === 'string');
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
