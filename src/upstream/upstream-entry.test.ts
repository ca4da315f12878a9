import { describe, expect, test } from 'vitest';
import { defaultRegistryEntry } from '../config/config.ts';
import type { RegistryEntry } from '../config/config.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { accessAt, endpointsOf } from './upstream-entry.ts';

const auth = (user: string) => ({ user, password: 'p' });

function entry(name: string, changes: Partial<RegistryEntry> = {}): RegistryEntry {
  return { ...defaultRegistryEntry(parseRegistryHost(name)), ...changes };
}

const at = (...urls: readonly string[]) => ({
  endpoints: urls.map((url) => ({ url, style: 'plain' as const })),
});

test.each([
  ['docker.io', {}, ['https://registry-1.docker.io/']],
  ['quay.io', {}, ['https://quay.io/']],
  ['[::1]:5000', { scheme: 'http' }, ['http://[::1]:5000/']],
  ['quay.io', at('https://a.test/x', 'http://b.test'), ['https://a.test/x', 'http://b.test/']],
] as const)('%s is at its endpoints', (name, changes, urls) => {
  expect(endpointsOf(entry(name, changes)).map(({ url }) => url.href)).toEqual(urls);
});

describe('whose credentials hold at an endpoint', () => {
  const mirrored = (...urls: readonly string[]) => entry('docker.io', { auth: auth('hub'), ...at(...urls) });
  const home = 'https://registry-1.docker.io';
  test.each<[string, RegistryEntry, RegistryEntry[], string, string | undefined]>([
    ['the registry itself', entry('docker.io', { auth: auth('hub') }), [], home, 'hub'],
    ['a lone mirror', mirrored('https://m.test'), [], 'https://m.test', 'hub'],
    ['a mirror before the registry', mirrored('https://m.test', home), [], 'https://m.test', undefined],
    ['the registry behind a mirror', mirrored('https://m.test', home), [], home, 'hub'],
    [
      'a mirror with an entry of its own',
      mirrored('https://m.test'),
      [entry('m.test', { auth: auth('mirror') })],
      'https://m.test',
      'mirror',
    ],
    [
      'a mirror whose own entry has none',
      mirrored('https://m.test'),
      [entry('m.test')],
      'https://m.test',
      undefined,
    ],
    [
      'another port is another host',
      mirrored('https://m.test:8443'),
      [entry('m.test', { auth: auth('mirror') })],
      'https://m.test:8443',
      'hub',
    ],
  ])('%s', (_, own, others, url, user) => {
    const access = accessAt({ registries: [own, ...others] }, own, new URL(url));
    expect(access.auth && 'user' in access.auth ? access.auth.user : undefined).toBe(user);
  });
});
