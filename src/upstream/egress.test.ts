import type { LookupAddress } from 'node:dns';
import { describe, expect, test } from 'vitest';
import { EgressRefused, isForbiddenAddress, refuseSpelling, screenedLookup } from './egress.ts';

describe('addresses that are never dialled', () => {
  test.each([
    ['unspecified', '0.0.0.0'],
    ['this network', '0.1.2.3'],
    ['loopback', '127.0.0.1'],
    ['loopback, far end', '127.255.255.254'],
    ['metadata', '169.254.169.254'],
    ['container credentials', '169.254.170.2'],
    ['multicast', '239.1.2.3'],
    ['broadcast', '255.255.255.255'],
    ['Alibaba metadata', '100.100.100.200'],
    ['Azure platform', '168.63.129.16'],
    ['Oracle metadata', '192.0.0.192'],
    ['IPv6 unspecified', '::'],
    ['IPv6 loopback', '::1'],
    ['IPv6 link-local', 'fe80::1'],
    ['IPv6 link-local with its zone', 'fe80::1%eth0'],
    ['IPv6 multicast', 'ff02::1'],
    ['AWS metadata', 'fd00:ec2::254'],
    ['EKS pod identity', 'fd00:ec2::23'],
    ['v4-mapped metadata', '::ffff:169.254.169.254'],
    ['v4-mapped metadata in hexadecimal', '::ffff:a9fe:a9fe'],
    ['v4-mapped metadata, written out', '0:0:0:0:0:ffff:a9fe:a9fe'],
    ['v4-compatible loopback', '::7f00:1'],
    ['v4-translated metadata', '::ffff:0:a9fe:a9fe'],
    ['NAT64 metadata', '64:ff9b::a9fe:a9fe'],
    ['NAT64 metadata, dotted', '64:ff9b::169.254.169.254'],
    ['NAT64 loopback', '64:ff9b::127.0.0.1'],
    ['NAT64 Azure', '64:ff9b::a83f:8110'],
    ['own NAT64 metadata', '64:ff9b:1::a9fe:a9fe'],
    ['6to4 metadata', '2002:a9fe:a9fe::1'],
    ['no address at all', 'metadata'],
    ['nothing', ''],
  ])('%s: %s', (_, address) => {
    expect(isForbiddenAddress(address)).toBe(true);
  });
});

describe('addresses that are', () => {
  test.each([
    ['public', '93.184.215.14'],
    ['private 10', '10.0.0.5'],
    ['private 172.16', '172.16.0.1'],
    ['private 192.168', '192.168.1.1'],
    ['beside link-local', '169.253.255.255'],
    ['carrier-grade NAT beside Alibaba', '100.100.100.201'],
    ['IPv6 public', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'],
    ['IPv6 private', 'fd12:3456::1'],
    ['v4-mapped private', '::ffff:10.0.0.5'],
    ['NAT64 of a public address', '64:ff9b::5db8:d70e'],
    ['6to4 of a public address', '2002:5db8:d70e::1'],
  ])('%s: %s', (_, address) => {
    expect(isForbiddenAddress(address)).toBe(false);
  });
});

describe('names', () => {
  const resolving = (...addresses: readonly string[]) =>
    screenedLookup((_name, _options, callback) =>
      callback(
        null,
        addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    );
  const all = (lookup: ReturnType<typeof screenedLookup>) =>
    new Promise<unknown>((resolve) =>
      lookup('registry.test', { all: true }, (error, addresses) => resolve(error ?? addresses)),
    );

  test('that resolve to forbidden and other addresses keep the others', async () => {
    expect(await all(resolving('127.0.0.1', '10.0.0.5', '::1'))).toEqual([
      { address: '10.0.0.5', family: 4 },
    ]);
  });

  test('that resolve to nothing but forbidden addresses are refused', async () => {
    expect(await all(resolving('169.254.169.254', '64:ff9b::a9fe:a9fe'))).toBeInstanceOf(EgressRefused);
  });

  test('that do not resolve say so themselves', async () => {
    const failure = Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    expect(await all(screenedLookup((_name, _options, callback) => callback(failure, [])))).toBe(failure);
  });
});

test.each([
  ...['127.0.0.1', '[::1]', '::1', '10.0.0.5', '93.184.215.14'],
  ...['localhost', 'LOCALHOST.', 'a.localhost', 'localhost.localdomain'],
  ...['metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal'],
])('%s is refused by its spelling', (host) => {
  expect(() => refuseSpelling(host)).toThrow(EgressRefused);
});

test.each(['registry.test', 'notlocalhost', 'localhost.example.com', 'metadata.example.com'])(
  '%s is not refused by its spelling',
  (host) => {
    expect(() => refuseSpelling(host)).not.toThrow();
  },
);
