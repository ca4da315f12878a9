import { describe, expect, test } from 'vitest';
import { registryEntryFor } from './config.ts';
import type { RegistryEntry } from './config.ts';
import { parseConfigFile } from './file.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { parseRepositoryName } from '../oci/repository.ts';

function entries(text: string): readonly RegistryEntry[] {
  const { settings, mistakes } = parseConfigFile(text, 'f');
  expect(mistakes).toEqual([]);
  return settings.registries ?? [];
}

const mistakesIn = (text: string): readonly string[] =>
  parseConfigFile(text, 'f').mistakes.map(({ place, message }) => `${place} ${message}`);

test('endpoints, timeouts and limits', () => {
  const [entry] = entries(`
- name: docker.io
  endpoints:
    - url: https://harbor.corp.test/hub
    - { url: "http://[fd00::1]:5000", style: NS }
    - { url: https://artifacts.test/api/docker/remote/v2, style: path }
  timeouts: { connect: 5s, header: 1m, no_progress: 90000 }
  max_connections: 8
`);
  expect(entry).toMatchObject({
    endpoints: [
      { url: 'https://harbor.corp.test/hub', style: 'plain' },
      { url: 'http://[fd00::1]:5000/', style: 'ns' },
      { url: 'https://artifacts.test/api/docker/remote/v2', style: 'path' },
    ],
    timeouts: { connectMs: 5000, headerMs: 60_000, noProgressMs: 90_000 },
    maxConnections: 8,
  });
});

describe('mistakes', () => {
  const url = 'must be a URL that begins with https:// or http://';
  test.each([
    ['a host alone', 'endpoints: [{ url: mirror.test }]', [`f:2:22 [0].endpoints[0].url ${url}`]],
    ['another scheme', 'endpoints: [{ url: "ftp://mirror.test" }]', [expect.stringContaining(url)]],
    [
      'a password in it, which is not repeated',
      'endpoints: [{ url: "https://u:canary-4711@mirror.test" }]',
      [expect.not.stringContaining('canary-4711')],
    ],
    [
      'a query',
      'endpoints: [{ url: "https://mirror.test?ns=x" }]',
      [expect.stringContaining('must have no ?')],
    ],
    ['no url', 'endpoints: [{ style: ns }]', [expect.stringContaining('is missing')]],
    [
      'an unknown style',
      'endpoints: [{ url: "https://a.test", style: x }]',
      [expect.stringContaining('plain, ns or path')],
    ],
    [
      'an unknown key',
      'endpoints: [{ uri: "https://a.test" }]',
      expect.arrayContaining([expect.stringContaining('did you mean url?')]),
    ],
    ['no endpoint', 'endpoints: []', [expect.stringContaining('must have an endpoint in it')]],
    ['no duration', 'timeouts: { connect: soon }', [expect.stringContaining('a duration such as')]],
    ['an unknown limit', 'timeouts: { headers: 3s }', [expect.stringContaining('did you mean header?')]],
    ['no number', 'max_connections: 0', [expect.stringContaining('from 1 to 1000')]],
    ['no repository', 'path_prefix: Team//x', [expect.stringContaining('the beginning of repository names')]],
  ])('%s', (_, line, expected) => {
    expect(mistakesIn(`- name: a.test\n  ${line}`)).toEqual(expected);
  });

  test('two entries for one part of a registry', () => {
    const text =
      '- { name: a.test, path_prefix: team/ }\n- { name: a.test }\n- { name: A.test, path_prefix: team }';
    expect(mistakesIn(text)).toEqual([
      'f:3:11 this registry already has an entry with this path_prefix, on line 1',
    ]);
  });
});

describe('allow_registries and deny_registries', () => {
  test('are lists, and names have one spelling', () => {
    const { settings } = parseConfigFile('allow_registries: [index.docker.io, "*.Corp.test"]', 'f');
    expect(settings.allow_registries).toEqual(['docker.io', '*.corp.test']);
  });

  test.each(['https://a.test', 'a b', '"*/x"'])('%s is no pattern', (pattern) => {
    expect(mistakesIn(`deny_registries: [${pattern}]`)[0]).toContain('must be a registry host, in which *');
  });
});

test.each([
  ['team/app', 'team/app'],
  ['team/app/sub', 'team/app'],
  ['team/apple', 'team'],
  ['team', 'team'],
  ['teams/app', undefined],
  ['other/team/app', undefined],
])('the entry of %s is that of %s', (repository, prefix) => {
  const text = ['team', 'team/app', '']
    .map((part) => `- { name: a.test, path_prefix: "${part}" }`)
    .join('\n');
  const registries = entries(text.replace(', path_prefix: ""', ''));
  const entry = registryEntryFor(
    { registries },
    parseRegistryHost('a.test'),
    parseRepositoryName(repository),
  );
  expect([entry.pathPrefix, registries.includes(entry)]).toEqual([prefix, true]);
});
