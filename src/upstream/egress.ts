// Which addresses we connect to: nobody may use us to reach this host's own services or a cloud's metadata.
import { lookup as systemLookup } from 'node:dns';
import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** Thrown in place of a connection. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
}

/** Resolves a name to all of its addresses, as `dns.lookup` does. */
export type ResolveAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

type Subnet = readonly [network: string, prefix: number];

const subnets4: readonly Subnet[] = [
  ['0.0.0.0', 8], // unspecified, "this network" (RFC 1122)
  ['127.0.0.0', 8], // loopback
  ['169.254.0.0', 16], // link-local; most clouds' metadata
  ['224.0.0.0', 4], // multicast
  ['255.255.255.255', 32], // broadcast
  ['100.100.100.200', 32], // Alibaba Cloud metadata
  ['168.63.129.16', 32], // Azure's platform address
  ['192.0.0.192', 32], // Oracle Cloud metadata
];

const subnets6: readonly Subnet[] = [
  ['::', 128], // unspecified
  ['::1', 128], // loopback
  ['fe80::', 10], // link-local
  ['fec0::', 10], // site-local, long deprecated
  ['ff00::', 8], // multicast
  ['fd00:ec2::', 32], // AWS: metadata is ::254, pods' credentials are ::23
  ['fd20:ce::254', 128], // Google Cloud metadata
];

/** Where IPv6 carries an IPv4 address: its hexadecimal words stand between `before` and `after`, `skip` bits in. */
const embeddings: readonly { readonly before: string; readonly after: string; readonly skip: number }[] = [
  { before: '::ffff:', after: '', skip: 96 }, // v4-mapped (RFC 4291)
  { before: '::', after: '', skip: 96 }, // v4-compatible, long deprecated
  { before: '::ffff:0:', after: '', skip: 96 }, // v4-translated (RFC 2765)
  { before: '64:ff9b::', after: '', skip: 96 }, // NAT64 (RFC 6052)
  { before: '64:ff9b:1::', after: '', skip: 96 }, // NAT64 of one's own (RFC 8215), as most set it up
  { before: '2002:', after: '::', skip: 16 }, // 6to4 (RFC 3056)
];

const blocked = new BlockList();
for (const [network, prefix] of subnets6) blocked.addSubnet(network, prefix, 'ipv6');
for (const [network, prefix] of subnets4) {
  blocked.addSubnet(network, prefix, 'ipv4');
  for (const { before, after, skip } of embeddings) {
    blocked.addSubnet(`${before}${words(network)}${after}`, skip + prefix, 'ipv6');
  }
}

/** An IPv4 address as two of IPv6's words: `7f00:0`. */
function words(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/** Whether an address, as it would be dialled, is one we never connect to by ourselves. */
export function isForbiddenAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  return family === 0 || blocked.check(bare, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * A look-up for sockets that drops forbidden addresses from the answer: what is checked is what is dialled, so a
 * name that is rebound between two look-ups gains nothing.
 */
export function screenedLookup(resolve: ResolveAll = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const allowed = addresses.filter(({ address }) => !isForbiddenAddress(address));
      const [first] = allowed;
      if (first === undefined) callback(new EgressRefused(refusal(hostname)), '');
      else if (options.all === true) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

/** Names that mean forbidden addresses wherever they are resolved. */
const insideNames =
  /^(?:(?:.*\.)?localhost|localhost\.localdomain|metadata\.(?:google\.internal|goog)|instance-data(?:\.ec2\.internal)?)\.?$/i;

/**
 * Screens a host by its spelling: a literal address, which no look-up will screen, and names that have one meaning.
 * It is all that can be screened of a host that an HTTP proxy dials for us: the proxy resolves names in its own
 * network, and what must not be reached from there is the proxy's to refuse.
 * @throws {EgressRefused}
 */
export function refuseSpelling(hostname: string): void {
  const literal = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0;
  if (literal || insideNames.test(hostname)) throw new EgressRefused(refusal(hostname));
}

function refusal(hostname: string): string {
  return `${hostname} is an address that this server does not connect to by itself; if a registry is there, add it to registries in the configuration`;
}
