// Lists by the page: `n`, `last`, and the Link that leads on, honest or not.

export interface PagingOptions {
  /** entries on a page at most, whatever `n` asks for */
  readonly pageSize?: number;
  /** how the Link is written; an origin makes it lead there: `absolute`, but to another registry */
  readonly link?: 'relative' | 'absolute' | { readonly origin: string };
}

export interface Page<T> {
  readonly entries: readonly T[];
  readonly headers: Readonly<Record<string, string>>;
}

export interface PageRequest {
  readonly origin: string;
  readonly path: string;
  readonly n?: number | undefined;
  readonly last?: string | undefined;
  /** what else stands in the query, kept in the Link */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * The entries after `last`, in order, as many as asked for and allowed.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export function pageOf<T>(
  sorted: readonly T[],
  keyOf: (entry: T) => string,
  request: PageRequest,
  options: PagingOptions,
): Page<T> {
  const { n = Infinity, last } = request;
  const rest = last === undefined ? sorted : sorted.filter((entry) => keyOf(entry) > last);
  const entries = rest.slice(0, Math.min(n, options.pageSize ?? Infinity));
  const final = entries.at(-1);
  if (final === undefined || entries.length === rest.length) return { entries, headers: {} };
  const query = new URLSearchParams({
    ...request.query,
    n: String(Math.min(n, entries.length)),
    last: keyOf(final),
  });
  const target = `${linkOrigin(request.origin, options.link)}${request.path}?${query.toString()}`;
  return { entries, headers: { Link: `<${target}>; rel="next"` } };
}

function linkOrigin(own: string, link: PagingOptions['link'] = 'relative'): string {
  if (typeof link === 'object') return link.origin;
  return link === 'absolute' ? own : '';
}
