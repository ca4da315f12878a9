// When the tokens end that are held for an endpoint; never what they are.

export interface TokenExpiry {
  readonly earliest: Date;
  readonly latest: Date;
}

/** @param times milliseconds since the epoch */
export function tokenExpiry(times: Iterable<number>): TokenExpiry | undefined {
  let earliest = Infinity;
  let latest = -Infinity;
  for (const time of times) {
    earliest = Math.min(earliest, time);
    latest = Math.max(latest, time);
  }
  return earliest > latest ? undefined : { earliest: new Date(earliest), latest: new Date(latest) };
}
