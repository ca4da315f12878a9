// A list that comes in pages: its Links say whether there is more, and never where we go.
import { parseLinkNext } from '../oci/link-header.ts';
import { UpstreamError } from './errors.ts';
import type { Provenance } from './registry-reads.ts';
import type { Exchange } from './transport.ts';

/** One page as it came. */
export interface ListPage extends Provenance {
  /** How it was asked for; the query is the page's name. */
  readonly exchange: Exchange;
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  /** The `Link` header. */
  readonly link: string | undefined;
}

/** Asks an endpoint for a page, at the list's own URL. */
export type AskPage = (query: URLSearchParams) => Promise<ListPage>;

export interface PageLimits {
  /** Of all pages together. */
  readonly maxBytes: number;
}

const MAX_PAGES = 256;
const MAX_QUERY = 4096;

/**
 * The query of the next page, undefined at the end. Only the query of a Link is taken: whatever stands before it,
 * nobody is asked but the endpoint, and for nothing but this list.
 * @throws {UpstreamError} when the Link leads to another host
 */
export function nextQuery({ link, exchange }: ListPage): URLSearchParams | undefined {
  const target = parseLinkNext(link);
  if (target === undefined) return undefined;
  if (target.length > MAX_QUERY || !URL.canParse(target, exchange.url)) {
    throw new UpstreamError('invalid', 'the Link to its next page is malformed', exchange);
  }
  const { host, searchParams } = new URL(target, exchange.url);
  // Its scheme may differ: registries behind a proxy that ends TLS write `http:`, and we do not follow it anyway.
  if (host !== exchange.url.host) {
    throw new UpstreamError('invalid', `the Link to its next page leads to another host, ${host}`, exchange);
  }
  return searchParams;
}

/**
 * All pages from the first one.
 * @throws {UpstreamError} when they lead in a circle, do not end, or are more than is allowed
 */
export async function* allPages(
  ask: AskPage,
  first: URLSearchParams,
  { maxBytes }: PageLimits,
): AsyncGenerator<ListPage> {
  const asked = new Set<string>();
  let bytes = 0;
  for (let query: URLSearchParams | undefined = first; query !== undefined;) {
    const page = await ask(query);
    bytes += page.bytes.length;
    if (bytes > maxBytes) {
      throw new UpstreamError('invalid', `its list is longer than ${maxBytes} bytes`, page.exchange);
    }
    yield page;
    asked.add(query.toString());
    query = nextQuery(page);
    if (query !== undefined && asked.has(query.toString())) {
      throw new UpstreamError('invalid', 'its pages lead in a circle', page.exchange);
    }
    if (query !== undefined && asked.size >= MAX_PAGES) {
      throw new UpstreamError('invalid', `its list does not end after ${MAX_PAGES} pages`, page.exchange);
    }
  }
}

/** What holds for a list as a whole: it is public if every page is, and all that was warned of counts. */
export function provenanceOfAll(pages: readonly Provenance[]): Provenance {
  return {
    anonymous: pages.every(({ anonymous }) => anonymous),
    warnings: [...new Set(pages.flatMap(({ warnings }) => warnings))].slice(0, 4),
  };
}
