import { expect, test } from 'vitest';
import { OciError } from '../oci/errors.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { refuseDenied } from './registry-policy.ts';
import type { RegistryPolicy } from './registry-policy.ts';

test.each<[string, RegistryPolicy, string, boolean]>([
  ['nothing is said', {}, 'quay.io', true],
  ['an empty allow list allows none', { allowRegistries: [] }, 'quay.io', false],
  ['allowed by name', { allowRegistries: ['quay.io'] }, 'quay.io', true],
  ['not on the list', { allowRegistries: ['quay.io'] }, 'ghcr.io', false],
  ['a suffix trick', { allowRegistries: ['quay.io'] }, 'quay.io.evil.test', false],
  ['a prefix trick', { allowRegistries: ['quay.io'] }, 'evilquay.io', false],
  ['a pattern', { allowRegistries: ['*.corp.test'] }, 'a.b.corp.test', true],
  ['a pattern does not mean the domain itself', { allowRegistries: ['*.corp.test'] }, 'corp.test', false],
  [
    'an allowed name is allowed on its port only',
    { allowRegistries: ['corp.test'] },
    'corp.test:5000',
    false,
  ],
  ['an allowed port', { allowRegistries: ['corp.test:5*'] }, 'corp.test:5000', true],
  ['stars inside', { allowRegistries: ['r*-eu*.test'] }, 'registry-1-eu-west.test', true],
  ['stars must not overlap', { allowRegistries: ['aba*ba'] }, 'aba', false],
  ['denied by name', { denyRegistries: ['docker.io'] }, 'index.docker.io', false],
  ['a denied name is denied on every port', { denyRegistries: ['evil.test'] }, 'evil.test:8443', false],
  [
    'denied goes before allowed',
    { allowRegistries: ['*'], denyRegistries: ['*.evil.test'] },
    'a.evil.test',
    false,
  ],
  ['denied with the default port spelled out', { denyRegistries: ['evil.test:443'] }, 'evil.test', false],
  [
    'denied with the port of plain HTTP spelled out',
    { denyRegistries: ['evil.test:80'] },
    'evil.test',
    false,
  ],
  ['a denied port is not every port', { denyRegistries: ['evil.test:5000'] }, 'evil.test', true],
  ['others are not denied', { denyRegistries: ['*.evil.test'] }, 'quay.io', true],
  ['the case of a pattern', { denyRegistries: ['Evil.Test'] }, 'evil.test', false],
])('%s', (_, policy, registry, allowed) => {
  const refuse = (): void => refuseDenied(policy, parseRegistryHost(registry));
  if (allowed) expect(refuse).not.toThrow();
  else expect(refuse).toThrow(OciError);
});
