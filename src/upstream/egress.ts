// Which addresses we connect to: nobody may use us to reach this host's own services or a cloud's metadata.
import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

/** Thrown in place of a connection. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';
}

const subnets: readonly (readonly [network: string, prefix: number, family: 'ipv4' | 'ipv6'])[] = [
  ['0.0.0.0', 8, 'ipv4'], // unspecified, "this network" (RFC 1122)
  ['127.0.0.0', 8, 'ipv4'], // loopback
  ['169.254.0.0', 16, 'ipv4'], // link-local; most clouds' metadata
  ['224.0.0.0', 4, 'ipv4'], // multicast
  ['255.255.255.255', 32, 'ipv4'], // broadcast
  ['100.100.100.200', 32, 'ipv4'], // Alibaba Cloud metadata
  ['168.63.129.16', 32, 'ipv4'], // Azure's platform address
  ['192.0.0.192', 32, 'ipv4'], // Oracle Cloud metadata
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
  ['fd00:ec2::254', 128, 'ipv6'], // AWS metadata
];

const blocked = new BlockList();
for (const [network, prefix, family] of subnets) blocked.addSubnet(network, prefix, family);

const embedding = new BlockList();
embedding.addSubnet('64:ff9b::', 96, 'ipv6'); // NAT64 (RFC 6052)
embedding.addSubnet('::', 96, 'ipv6'); // IPv4-compatible, long deprecated
embedding.addSubnet('::ffff:0:0:0', 96, 'ipv6'); // IPv4-translated (RFC 2765)

/** Whether an address, as it would be dialled, is one we never connect to by ourselves. */
export function isForbiddenAddress(address: string): boolean {
  const bare = address.replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 0) return true;
  if (family === 4) return blocked.check(bare, 'ipv4');
  // A v4-mapped address is checked against the IPv4 rules by BlockList itself.
  if (blocked.check(bare, 'ipv6')) return true;
  return embedding.check(bare, 'ipv6') && blocked.check(lastFourBytes(bare), 'ipv4');
}

/** The IPv4 address in the last 32 bits of an IPv6 address. */
function lastFourBytes(address: string): string {
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, tail = ''] = canonical.split(/::(?=[^:]*(?::[^:]*)?$)/);
  const groups = (tail === '' ? canonical : tail).split(':').slice(-2);
  const [high, low] = groups.length === 1 ? ['0', groups[0]] : groups;
  const bits = [high, low].map((group) => parseInt(group === '' || group === undefined ? '0' : group, 16));
  return bits.flatMap((word) => [word >> 8, word & 0xff]).join('.');
}

/**
 * Resolves like `dns.lookup`, and drops forbidden addresses from the answer: what is checked is what is dialled,
 * so a name that is rebound between two look-ups gains nothing.
 */
export const screenedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const allowed = addresses.filter(({ address }) => !isForbiddenAddress(address));
    const [first] = allowed;
    if (first === undefined) {
      callback(new EgressRefused(refusal(hostname)), '');
    } else if (options.all === true) {
      callback(null, allowed);
    } else {
      callback(null, first.address, first.family);
    }
  });
};

/** @throws {EgressRefused} when the host of a URL is itself a literal address, which no look-up will screen */
export function refuseLiteral(hostname: string): void {
  if (isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0) throw new EgressRefused(refusal(hostname));
}

function refusal(hostname: string): string {
  return `${hostname} is an address that this server does not connect to by itself; if a registry is there, add it to registries in the configuration`;
}
