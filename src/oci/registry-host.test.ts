import { describe, expect, test } from 'vitest';
import { OciError } from './errors.ts';
import { hostFromSegment, isDomain, looksLikeHost, parseRegistryHost } from './registry-host.ts';
import { seededRandom } from './seeded-random.ts';

const label63 = 'a'.repeat(63);
// 3 * 64 + 61 = 253
const longest = `${label63}.${label63}.${label63}.${'b'.repeat(61)}`;

describe('parseRegistryHost', () => {
  test.each([
    ['as it is', 'quay.io', 'quay.io'],
    ['upper case', 'GHCR.IO', 'ghcr.io'],
    ['a trailing dot', 'quay.io.', 'quay.io'],
    ['the default port', 'quay.io:443', 'quay.io'],
    ['both', 'Quay.IO.:443', 'quay.io'],
    ['another port', 'quay.io:80', 'quay.io:80'],
    ['the lowest port', 'quay.io:1', 'quay.io:1'],
    ['the highest port', 'quay.io:65535', 'quay.io:65535'],
    ['one label', 'registry', 'registry'],
    ['localhost', 'LocalHost:5000', 'localhost:5000'],
    ['Docker Hub', 'docker.io', 'docker.io'],
    ['its index', 'index.docker.io', 'docker.io'],
    ['its registry', 'Registry-1.Docker.io.:443', 'docker.io'],
    ['its name with a port', 'docker.io:5000', 'docker.io:5000'],
    ['not its name', 'registry-2.docker.io', 'registry-2.docker.io'],
    ['not its name either', 'docker.io.evil.test', 'docker.io.evil.test'],
    ['IPv4', '192.0.2.1:5000', '192.0.2.1:5000'],
    ['IPv4 at its ends', '0.255.249.199', '0.255.249.199'],
    ['IPv6', '[2001:DB8::1]', '[2001:db8::1]'],
    ['IPv6 in full', '[2001:0db8:0000:0000:0000:0000:0000:0001]:5000', '[2001:db8::1]:5000'],
    ['IPv6 with the default port', '[::1]:443', '[::1]'],
    ['IPv6 with IPv4 in it', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]'],
    ['punycode', 'xn--BCHER-kva.example', 'xn--bcher-kva.example'],
    ['hyphens', 'a--b.r3---x.example', 'a--b.r3---x.example'],
    ['digits in front', '1and1.example', '1and1.example'],
    ['a last label that only begins with a digit', 'a.1b', 'a.1b'],
    ['the longest label', `${label63}.io`, `${label63}.io`],
    ['the longest name', longest, longest],
    ['the longest name, dot and port', `${longest}.:65535`, `${longest}:65535`],
  ])('takes %s', (_, text, want) => {
    expect(parseRegistryHost(text)).toBe(want);
  });

  test.each([
    ['nothing', ''],
    ['a dot', '.'],
    ['two dots', '..'],
    ['a leading dot', '.quay.io'],
    ['an empty label', 'quay..io'],
    ['two trailing dots', 'quay.io..'],
    ['only a port', ':5000'],
    ['port 0', 'quay.io:0'],
    ['port 65536', 'quay.io:65536'],
    ['a port beyond counting', 'quay.io:99999999999999999999'],
    ['a padded port', 'quay.io:0443'],
    ['an empty port', 'quay.io:'],
    ['a signed port', 'quay.io:-1'],
    ['a worded port', 'quay.io:https'],
    ['two ports', 'quay.io:1:2'],
    ['an underscore', 'my_registry:5000'],
    ['a leading hyphen', '-a.example'],
    ['a trailing hyphen', 'a-.example'],
    ['a label of 64', `${label63}a.io`],
    ['a name of 254', `${longest}b`],
    ['a scheme', 'https://quay.io'],
    ['a path', 'quay.io/org'],
    ['a trailing slash', 'quay.io/'],
    ['a backslash', 'quay.io\\org'],
    ['a query', 'quay.io?x'],
    ['a fragment', 'quay.io#x'],
    ['a user', 'user@quay.io'],
    ['a blank', 'quay .io'],
    ['a blank in front', ' quay.io'],
    ['a line break', 'quay.io\n'],
    ['a header injected', 'quay.io\r\nX-Evil: 1'],
    ['a NUL', 'quay.io\0'],
    ['an escape', 'quay%2eio'],
    ['unicode', 'bücher.example'],
    ['a full-width dot', 'quay\uff0eio'],
    ['the Kelvin sign', 'doc\u212aer.io'],
    ['an address in decimal', '2130706433'],
    ['an address in hexadecimal', '0x7f000001'],
    ['an address in octal', '017700000001'],
    ['hexadecimal in upper case', '0X7F000001'],
    ['an address in two parts', '127.1'],
    ['an address in mixed parts', '127.0.0.0x1'],
    ['an address with a dot behind', '2130706433.'],
    ['a padded address', '127.0.0.01'],
    ['an address out of range', '256.0.0.1'],
    ['five numbers', '1.2.3.4.5'],
    ['a name that ends in a number', 'example.0'],
    ['a name that ends in 0x', 'example.0x'],
    ['IPv6 without brackets', '::1'],
    ['IPv6 without brackets, with a port', '2001:db8::1:5000'],
    ['no IPv6', '[1:2]'],
    ['IPv4 in brackets', '[127.0.0.1]'],
    ['a name in brackets', '[quay.io]'],
    ['empty brackets', '[]'],
    ['an open bracket', '[::1'],
    ['a zone', '[fe80::1%25eth0]'],
    ['very many colons', `${':'.repeat(1_000_000)}!`],
    ['very many dots', '.'.repeat(1_000_000)],
    ['a dot behind brackets', '[::1].'],
    ['IPv6 with port 0', '[::1]:0'],
  ])('refuses %s', (_, text) => {
    expect(() => parseRegistryHost(text)).toThrow(
      expect.objectContaining({ code: 'NAME_INVALID', status: 400 }),
    );
  });

  test.each([
    ['https://quay.io', /leave out the scheme/],
    ['quay.io/org', /leave out the path/],
    ['quay.io:0', /port is a number from 1 to 65535/],
    ['::1', /brackets/],
    ['2130706433', /four decimal numbers/],
    ['bücher.example', /punycode/],
    [`${longest}bbbbbbbbbbb`, /at most 253/],
  ])('says what is wrong with %s', (text, message) => {
    expect(() => parseRegistryHost(text)).toThrow(message);
  });

  test('never repeats a password', () => {
    expect(() => parseRegistryHost('https://user:canary-secret@quay.io')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('canary') as string }),
    );
  });
});

describe('hosts in paths', () => {
  test.each([
    ['quay.io', true, true],
    ['localhost', true, true],
    ['LOCALHOST', true, true],
    ['registry:5000', true, true],
    ['[::1]', true, true],
    ['registry__5000', false, true],
    ['..', true, true],
    ['nginx', false, false],
    ['library', false, false],
    ['foo__bar', false, false],
    ['foo__123456', false, false],
    ['__80', false, false],
    ['2130706433', false, false],
    ['', false, false],
  ])('%j is a domain: %s, looks like a host: %s', (segment, domain, host) => {
    expect(isDomain(segment)).toBe(domain);
    expect(looksLikeHost(segment)).toBe(host);
  });

  test.each([
    ['quay.io', 'quay.io'],
    ['registry__5000', 'registry:5000'],
    ['quay.io__443', 'quay.io'],
    ['[::1]__5000', '[::1]:5000'],
    ['localhost', 'localhost'],
  ])('hostFromSegment(%s) is %s', (segment, want) => {
    expect(hostFromSegment(segment)).toBe(want);
  });

  test.each([['a__b__5000'], ['quay.io:1__2'], ['registry__0'], ['registry__65536'], ['..']])(
    'hostFromSegment refuses %s',
    (segment) => {
      expect(() => hostFromSegment(segment)).toThrow(OciError);
    },
  );
});

const random = seededRandom();
test(`whatever is taken is its own identity, also to a URL parser (seed ${random.seed})`, () => {
  const pieces = [
    'a',
    'io',
    'Z',
    '0',
    '1',
    '255',
    '0x',
    'xn--',
    '-',
    '.',
    ':',
    '443',
    '[',
    ']',
    '_',
    '%',
    '/',
    '@',
    'é',
  ];
  const seeds = ['quay.io', '127.0.0.1', '[::1]', 'docker.io', 'xn--bcher-kva', ''];
  let taken = 0;
  for (let round = 0; round < 20_000; round += 1) {
    let text = random.pick(seeds as [string]);
    for (let n = random.below(5); n > 0; n -= 1) {
      const at = random.below(text.length + 1);
      text = text.slice(0, at) + random.pick(pieces as [string]) + text.slice(at + random.below(2));
    }
    try {
      const host = parseRegistryHost(text);
      taken += 1;
      expect(parseRegistryHost(host)).toBe(host);
      expect(new URL(`https://${host}/v2/`).host).toBe(host);
    } catch (error) {
      expect(error, text).toBeInstanceOf(OciError);
    }
  }
  expect(taken).toBeGreaterThan(100);
});
