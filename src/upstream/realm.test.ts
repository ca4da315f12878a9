// Which token services may see a registry's credentials.
import { describe, expect, test } from 'vitest';
import { parseChallenges } from '../oci/challenge.ts';
import { mayShowCredentials, realmUrl } from './realm.ts';

test.each<[string, string, string, boolean]>([
  ['itself', 'https://r.example.test', 'https://r.example.test/token', true],
  ['itself on another port', 'https://r.example.test:5000', 'https://r.example.test:5001/', true],
  ['its domain', 'https://registry-1.docker.io', 'https://auth.docker.io/token', true],
  ['its parent', 'https://registry.gitlab.com', 'https://gitlab.com/jwt/auth', true],
  ['a domain below a two-part suffix', 'https://r.example.co.uk', 'https://a.example.co.uk', true],
  ['another domain', 'https://r.example.com', 'https://evil.test/token', false],
  ['only the suffix in common', 'https://a.co.uk', 'https://b.co.uk', false],
  ['only a hoster in common', 'https://a.github.io', 'https://b.github.io', false],
  ['only a cloud in common', 'https://a.s3.amazonaws.com', 'https://b.s3.amazonaws.com', false],
  ['a name that ends alike', 'https://example.com', 'https://evilexample.com', false],
  ['a name that begins alike', 'https://example.com', 'https://example.com.evil.test', false],
  ['its domain, with the dot of the root', 'https://example.com', 'https://auth.example.com./', true],
  ['a name with an empty label', 'https://r.example.com', 'https://example.com../', false],
  ['another address', 'https://10.0.0.1', 'https://10.0.0.2', false],
  ['the same address', 'https://10.0.0.1:5000', 'https://10.0.0.1/token', true],
  ['another single name', 'http://registry:5000', 'http://auth:5001', false],
  ['localhost by another name', 'http://127.0.0.1:5000', 'http://localhost:5000', false],
  ['a configured host', 'https://r.example.com', 'https://login.test/token', true],
  ['a configured host with its port', 'https://r.example.com', 'https://login.test:8443/token', true],
  ['a configured host on another port', 'https://r.example.com', 'https://login.test:9443/token', false],
  ['below a configured host', 'https://r.example.com', 'https://x.login.test/token', false],
])('%s', (_, registry, realm, wanted) => {
  const realms = ['login.test', 'login.test:8443'];
  expect(mayShowCredentials(new URL(registry), new URL(realm), realms)).toBe(wanted);
});

describe('the URL', () => {
  const url = (header: string, registry = 'https://r.test') => {
    const [challenge] = parseChallenges(header);
    if (challenge === undefined) throw new Error('no challenge');
    return realmUrl(challenge, new URL(registry)).href;
  };

  test.each([
    ['Bearer realm="https://a.test/t",service="s"', 'https://a.test/t?service=s'],
    ['Bearer realm="https://a.test/t?x=1",service="s p"', 'https://a.test/t?x=1&service=s+p'],
    ['Bearer realm="https://u:p@a.test/t#f"', 'https://a.test/t'],
  ])('%s', (header, wanted) => {
    expect(url(header)).toBe(wanted);
  });

  test.each([
    ['without TLS', 'Bearer realm="http://a.test/t"', /without TLS/],
    ['no URL', 'Bearer realm="/token"', /no usable realm/],
    ['none', 'Bearer service="s"', /no usable realm/],
    ['another scheme', 'Bearer realm="file:///etc/passwd"', /without TLS/],
  ])('%s is refused', (_, header, message) => {
    expect(() => url(header)).toThrow(message);
  });

  test('plain HTTP is for registries over plain HTTP', () => {
    expect(url('Bearer realm="http://a.test/t"', 'http://r.test')).toBe('http://a.test/t');
    expect(() => url('Bearer realm="ftp://a.test/t"', 'http://r.test')).toThrow(/without TLS/);
  });
});
