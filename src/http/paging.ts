// Pages of a sorted list, and the way to the next one.

/** However many a client asks for (CVE-2023-2253). */
const MAX_PAGE = 10_000;

export interface Page {
  readonly entries: readonly string[];
  /** The `Link` header, when there is more. */
  readonly link: string | undefined;
}

/**
 * The entries after `last`, at most `n`; `n=0` is an empty page without a link.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
 */
export function page(
  sorted: readonly string[],
  { n = MAX_PAGE, last }: { readonly n?: number | undefined; readonly last?: string | undefined },
  path: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Page {
  const size = Math.min(n, MAX_PAGE);
  const from = last === undefined ? 0 : sorted.findIndex((entry) => entry > last);
  const entries = from < 0 ? [] : sorted.slice(from, from + size);
  const end = entries.at(-1);
  if (end === undefined || from + size >= sorted.length) return { entries, link: undefined };
  return { entries, link: nextLink(path, { n: String(size), last: end, ...query }) };
}

/** The `Link` to the next page of a list of ours. */
export function nextLink(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) next.set(name, value);
  return `<${path}?${next.toString()}>; rel="next"`;
}
