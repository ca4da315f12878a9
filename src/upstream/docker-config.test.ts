// Docker's config.json, as docker, kubectl and people write it.
import { describe, expect, test } from 'vitest';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { helperFor, parseDockerConfig } from './docker-config.ts';

const auth = Buffer.from('ann:hun:ter2').toString('base64');
const password = { kind: 'password', user: 'ann', password: 'hun:ter2' };

function found(registry: string, config: object): unknown {
  return parseDockerConfig(JSON.stringify(config)).credentials.get(parseRegistryHost(registry));
}

describe('auths', () => {
  test.each<[string, string, object, object | undefined]>([
    ['a host', 'ghcr.io', { 'ghcr.io': { auth } }, password],
    ['a host with a port', 'r.test:5000', { 'r.test:5000': { auth } }, password],
    ['another port', 'r.test', { 'r.test:5000': { auth } }, undefined],
    ['an https URL', 'ghcr.io', { 'https://ghcr.io': { auth } }, password],
    ['an https URL with /v1/', 'ghcr.io', { 'https://ghcr.io/v1/': { auth } }, password],
    ['an https URL with /v2', 'ghcr.io', { 'https://ghcr.io/v2': { auth } }, password],
    ['an http URL', 'r.test:5000', { 'http://r.test:5000/': { auth } }, password],
    ['capitals', 'ghcr.io', { 'GHCR.IO': { auth } }, password],
    ['Docker Hub as docker writes it', 'docker.io', { 'https://index.docker.io/v1/': { auth } }, password],
    ['Docker Hub as people write it', 'docker.io', { 'docker.io': { auth } }, password],
    ['Docker Hub by its host', 'docker.io', { 'registry-1.docker.io': { auth } }, password],
    ['a key for a part of a host is not for the host', 'quay.io', { 'quay.io/team': { auth } }, undefined],
    ['a name that only begins alike', 'ghcr.io', { 'ghcr.io.evil.test': { auth } }, undefined],
    ['a key that is no host', 'ghcr.io', { 'not a host': { auth }, 'ghcr.io': { auth } }, password],
    ['username and password', 'ghcr.io', { 'ghcr.io': { username: 'ann', password: 'hun:ter2' } }, password],
    ['auth before username', 'ghcr.io', { 'ghcr.io': { auth, username: 'x', password: 'y' } }, password],
    [
      'padding with NUL',
      'ghcr.io',
      { 'ghcr.io': { auth: Buffer.from('ann:hun:ter2\0\0').toString('base64') } },
      password,
    ],
    ['an empty entry, as docker leaves beside a store', 'ghcr.io', { 'ghcr.io': {} }, undefined],
    ['an auth that is none', 'ghcr.io', { 'ghcr.io': { auth: '!!!' } }, undefined],
    ['an entry that is no mapping', 'ghcr.io', { 'ghcr.io': 'auth' }, undefined],
    ['an identity token', 'ghcr.io', { 'ghcr.io': { identitytoken: 'i' } }, { kind: 'identity', token: 'i' }],
    [
      'an identity token beside a password',
      'ghcr.io',
      { 'ghcr.io': { auth, identitytoken: 'i' } },
      { kind: 'identity', token: 'i', otherwise: password },
    ],
    ['a registry token', 'ghcr.io', { 'ghcr.io': { registrytoken: 'r' } }, { kind: 'token', token: 'r' }],
    ['another registry', 'ghcr.io', { 'quay.io': { auth } }, undefined],
    ['__proto__', 'ghcr.io', JSON.parse('{"__proto__": {"auth": "x"}}') as object, undefined],
  ])('%s', (_, registry, auths, wanted) => {
    expect(found(registry, { auths })).toEqual(wanted);
  });
});

describe('helpers', () => {
  test.each<[string, string, object, object | undefined]>([
    ['none', 'ghcr.io', { auths: {} }, undefined],
    ['the store', 'ghcr.io', { credsStore: 'pass' }, { helper: 'pass', serverUrl: 'ghcr.io' }],
    [
      'the store for Docker Hub',
      'docker.io',
      { credsStore: 'pass' },
      { helper: 'pass', serverUrl: 'https://index.docker.io/v1/' },
    ],
    ['its own', 'gcr.io', { credHelpers: { 'gcr.io': 'gcloud' } }, { helper: 'gcloud', serverUrl: 'gcr.io' }],
    [
      'its own before the store',
      'gcr.io',
      { credsStore: 'pass', credHelpers: { 'gcr.io': 'gcloud' } },
      { helper: 'gcloud', serverUrl: 'gcr.io' },
    ],
    ["another's", 'ghcr.io', { credHelpers: { 'gcr.io': 'gcloud' } }, undefined],
    ['a name with a path', 'gcr.io', { credHelpers: { 'gcr.io': '../../bin/sh' } }, undefined],
    ['a store with a path', 'gcr.io', { credsStore: 'a/b' }, undefined],
  ])('%s', (_, registry, config, wanted) => {
    const parsed = parseDockerConfig(JSON.stringify(config));
    expect(helperFor(parsed, parseRegistryHost(registry))).toEqual(wanted);
  });
});

test.each([
  ['no JSON', '{"auths": hunter2', 'the file is not JSON'],
  ['no object', '"hunter2"', 'not a JSON object'],
  ['a list', '["hunter2"]', 'not a JSON object'],
  ['another file', '{"password": "hunter2"}', 'no docker config.json'],
])('%s is an error that repeats nothing', (_, text, message) => {
  const parse = (): unknown => parseDockerConfig(text);
  expect(parse).toThrow(message);
  expect(parse).not.toThrow('hunter2');
});
