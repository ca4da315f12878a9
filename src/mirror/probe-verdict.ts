// What a client's own words prove about a probe: whether it came to the server, or where it got stuck.
import { hostOf } from './server-address.ts';
import type { ServerAddress } from './server-address.ts';

export interface Verdict {
  readonly proven: boolean;
  /** What it means, or what to do. */
  readonly says: string;
}

const troubles: readonly (readonly [pattern: RegExp, advice: string])[] = [
  [/HTTP response to HTTPS client/, 'the server speaks plain HTTP: its URL starts with http://'],
  [/x509|certificate/, 'it does not trust the server’s certificate: give its authority by --ca'],
  [/connection refused/, 'nothing listens there: is the server running, and does it listen on that address?'],
  [/i\/o timeout|deadline exceeded/, 'no answer: does a firewall drop the packets?'],
  [/no route to host|network is unreachable/, 'there is no way to that address from this machine'],
];

/** Only the server refuses a probe with 400 and these words; a client that repeats either has been there. */
export function probeVerdict(output: string, server: ServerAddress): Verdict {
  const host = hostOf(server);
  const heard = output.includes('ociregistry was asked for') || /\b400 Bad Request\b/.test(output);
  if (heard && output.includes(host)) return { proven: true, says: `a pull came to ${host}` };
  const about = output.split('\n').filter((line) => line.includes(host));
  const trouble = troubles.find(([pattern]) => about.some((line) => pattern.test(line)));
  if (trouble !== undefined) return { proven: false, says: `it asks ${host}, but ${trouble[1]}` };
  const last = output.trim().split('\n').at(-1) ?? '';
  const past = about.length > 0 ? `it asks ${host}, without avail` : 'it does not ask the server';
  return { proven: false, says: `${past}; it said: ${last}` };
}
