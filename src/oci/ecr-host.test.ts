import { expect, test } from 'vitest';
import { parseRegistryHost } from './registry-host.ts';
import { ecrHost } from './ecr-host.ts';

test.each<[string, string | undefined]>([
  ['123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'eu-central-1'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'us-gov-west-1'],
  ['123456789012.dkr-ecr.us-west-2.on.aws', 'us-west-2'],
  ['123456789012.DKR.ECR.us-east-1.amazonaws.com', 'us-east-1'],
  ['public.ecr.aws', undefined],
  ['12345.dkr.ecr.us-east-1.amazonaws.com', undefined],
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.test', undefined],
  ['evil.123456789012.dkr.ecr.us-east-1.amazonaws.com', undefined],
  ['123456789012.dkr.ecr.a.b.amazonaws.com', undefined],
  ['123456789012.dkr.ecr.us-east-1.amazonaws.com:8443', undefined],
  ['docker.io', undefined],
])('the region of %s is %s', (host, region) => {
  expect(ecrHost(parseRegistryHost(host))?.region).toBe(region);
});

test('FIPS endpoints are recognised', () => {
  const host = (name: string) =>
    ecrHost(parseRegistryHost(`123456789012.dkr.${name}.us-gov-west-1.amazonaws.com`));
  expect([host('ecr-fips')?.fips, host('ecr')?.fips]).toEqual([true, false]);
});
