import { describe, expect, test } from 'vitest';
import { proxiesFrom } from './proxy.ts';

const proxy = 'http://proxy.test:3128';
const through = (environment: Record<string, string>, url: string) =>
  proxiesFrom(environment)(new URL(url))?.href;

describe('which proxy', () => {
  test.each([
    ['none is set', {}, 'https://quay.io/', undefined],
    ['https', { HTTPS_PROXY: proxy }, 'https://quay.io/', `${proxy}/`],
    ['http', { HTTP_PROXY: proxy }, 'http://quay.io/', `${proxy}/`],
    ['https does not go through HTTP_PROXY', { HTTP_PROXY: proxy }, 'https://quay.io/', undefined],
    [
      'lower case goes before',
      { https_proxy: proxy, HTTPS_PROXY: 'http://b.test' },
      'https://quay.io/',
      `${proxy}/`,
    ],
    [
      'an empty lower case switches off',
      { https_proxy: '', HTTPS_PROXY: proxy },
      'https://quay.io/',
      undefined,
    ],
    ['without a scheme', { HTTPS_PROXY: 'proxy.test:3128' }, 'https://quay.io/', `${proxy}/`],
    ['never for loopback', { HTTP_PROXY: proxy }, 'http://127.0.0.1:5000/', undefined],
    ['never for localhost', { HTTP_PROXY: proxy }, 'http://localhost:5000/', undefined],
    ['never for IPv6 loopback', { HTTP_PROXY: proxy }, 'http://[::1]:5000/', undefined],
  ])('%s', (_, environment, url, expected) => {
    expect(through(environment as Record<string, string>, url)).toBe(expected);
  });

  test.each(['ftp://proxy.test', 'http://user:canary-4711@', '://'])('%s is refused unrepeated', (url) => {
    expect(() => proxiesFrom({ HTTPS_PROXY: url })).toThrow(/^HTTPS_PROXY is no http or https URL$/);
  });
});

describe('NO_PROXY', () => {
  test.each([
    ['*', 'https://quay.io/', true],
    ['quay.io', 'https://quay.io/', true],
    ['quay.io', 'https://cdn.quay.io/', true],
    ['quay.io', 'https://notquay.io/', false],
    ['quay.io', 'https://quay.io.evil.test/', false],
    ['.corp.test', 'https://harbor.corp.test/', true],
    ['*.corp.test', 'https://harbor.corp.test/', true],
    ['*.corp.test', 'https://corp.test/', false],
    ['a.test, .b.test c.test', 'https://x.c.test/', true],
    ['quay.io:8443', 'https://quay.io/', false],
    ['quay.io:443', 'https://quay.io/', true],
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.1.2.3', 'https://10.1.2.3:5000/', true],
    ['fd00::/8', 'https://[fd12::1]:5000/', true],
    ['[fd12::1]:5000', 'https://[fd12::1]:5000/', true],
    ['QUAY.IO', 'https://quay.io/', true],
    ['', 'https://quay.io/', false],
  ])('%s: %s is exempt: %s', (list, url, exempt) => {
    expect(through({ HTTPS_PROXY: proxy, NO_PROXY: list }, url) === undefined).toBe(exempt);
  });
});
