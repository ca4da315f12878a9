// Sizes as people write them: `50GiB`, `50GB`, `500M`, or bytes.

/** As in Kubernetes: `k`, `M`, `G` count in thousands, `Ki`, `Mi`, `Gi` in 1024s; a `B` behind them changes nothing. */
const units = ['', 'k', 'm', 'g', 't', 'p'];

/** Bytes, or undefined where the text is no size. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit, binary] = /^(\d{1,15}(?:\.\d{1,3})?) ?(?:([kmgtp])(i)?)?b?$/i.exec(text) ?? [];
  if (amount === undefined) return undefined;
  const bytes =
    Number(amount) * (binary === undefined ? 1000 : 1024) ** units.indexOf((unit ?? '').toLowerCase());
  return bytes <= Number.MAX_SAFE_INTEGER ? Math.round(bytes) : undefined;
}
