import { describe, expect, test } from 'vitest';
import { parseRegistryHost } from './registry-host.ts';
import { parseRepositoryName, parseRepositoryOf } from './repository.ts';

const nameInvalid = expect.objectContaining({ code: 'NAME_INVALID', status: 400 }) as Error;

describe('parseRepositoryName', () => {
  test.each([
    ['a'],
    ['0'],
    ['library/nginx'],
    ['a/b/c/d/e/f/g/h/i/j'],
    ['a.b_c__d-e---f/x'],
    ['manifests/blobs/tags'],
    ['myorg.io/app'],
    ['x'.repeat(255)],
  ])('takes %s', (text) => {
    expect(parseRepositoryName(text)).toBe(text);
  });

  test.each([
    ['empty', ''],
    ['upper case', 'Library/nginx'],
    ['a leading slash', '/a'],
    ['a trailing slash', 'a/'],
    ['an empty segment', 'a//b'],
    ['a dot', '.'],
    ['a parent', '..'],
    ['a parent inside', 'a/../b'],
    ['two dots inside', 'a..b'],
    ['three underscores', 'a___b'],
    ['mixed separators', 'a.-b'],
    ['a separator in front', '-a'],
    ['a separator behind', 'a_'],
    ['an escaped slash', 'a%2fb'],
    ['a backslash', 'a\\b'],
    ['a NUL', 'a\0b'],
    ['a line break', 'a\n'],
    ['a blank', 'a b'],
    ['a colon', 'a:b'],
    ['a full-width letter', 'a/\uff42'],
    ['a dotless letter', 'a/\u0131'],
    ['256 characters', 'x'.repeat(256)],
  ])('refuses %s', (_, text) => {
    expect(() => parseRepositoryName(text)).toThrow(nameInvalid);
  });

  test('is quick about the worst it can be given', () => {
    expect(() => parseRepositoryName(`${'a-'.repeat(127)}!`)).toThrow(nameInvalid);
    expect(() => parseRepositoryName('a'.repeat(10_000_000))).toThrow(nameInvalid);
  });
});

test.each([
  ['docker.io', 'nginx', 'library/nginx'],
  ['docker.io', 'bitnami/redis', 'bitnami/redis'],
  ['docker.io', 'library/nginx', 'library/nginx'],
  ['quay.io', 'nginx', 'nginx'],
  ['docker.io:5000', 'nginx', 'nginx'],
])('parseRepositoryOf(%s, %s) is %s', (host, text, want) => {
  expect(parseRepositoryOf(parseRegistryHost(host), text)).toBe(want);
});

test('library/ counts in the length, and does not hide that a name is empty', () => {
  const hub = parseRegistryHost('docker.io');
  expect(() => parseRepositoryOf(hub, 'x'.repeat(248))).toThrow(nameInvalid);
  expect(() => parseRepositoryOf(hub, '')).toThrow(/it is empty/);
});
