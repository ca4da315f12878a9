// Amazon ECR, against a fake of its API.
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { ecrSource } from './ecr.ts';

describe('the password', () => {
  const registry = parseRegistryHost('123456789012.dkr.ecr.eu-central-1.amazonaws.com');
  const canary = 'canary-ecr-4711';
  const requests: IncomingMessage[] = [];
  let time = Date.UTC(2026, 0, 1);
  let answer: (count: number) => { status: number; body: unknown };
  const server = createServer((request, response) => {
    requests.push(request);
    const { status, body } = answer(requests.length);
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  let endpoint = '';

  beforeEach(async () => {
    requests.length = 0;
    time = Date.UTC(2026, 0, 1);
    answer = (count) => ({
      status: 200,
      body: {
        authorizationData: [
          {
            authorizationToken: Buffer.from(`AWS:${canary}-${count}`).toString('base64'),
            expiresAt: time / 1000 + 12 * 3600,
            proxyEndpoint: `https://${registry}`,
          },
        ],
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // The chain's first link, so that no test looks for a profile or an instance's role.
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'canary-aws-secret');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await new Promise((resolve) => server.close(resolve));
  });

  const source = () => ecrSource(registry, { endpoint }, () => new Date(time));

  test('comes from GetAuthorizationToken in the region of the host', async () => {
    expect(await source().get()).toEqual({ kind: 'password', user: 'AWS', password: `${canary}-1` });
    expect(requests[0]?.headers['x-amz-target']).toBe(
      'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
    );
    expect(requests[0]?.headers.authorization).toContain('/eu-central-1/ecr/aws4_request');
  });

  test('is asked for once by many, and again shortly before it expires, or when refused', async () => {
    const credentials = source();
    await Promise.all(Array.from({ length: 20 }, () => credentials.get()));
    expect(requests.length).toBe(1);
    time += 12 * 3_600_000 - 300_001;
    await credentials.get();
    expect(requests.length).toBe(1);
    time += 1;
    expect(await credentials.get()).toMatchObject({ password: `${canary}-2` });
    credentials.refused();
    expect(await credentials.get()).toMatchObject({ password: `${canary}-3` });
    time -= 1;
    expect(await credentials.get()).toMatchObject({ password: `${canary}-4` });
  });

  test.each<[string, { status: number; body: unknown }, RegExp]>([
    [
      'access denied',
      { status: 400, body: { __type: 'AccessDeniedException', message: `${canary} may not` } },
      /eu-central-1 gave no password: AccessDeniedException/,
    ],
    ['nothing', { status: 200, body: {} }, /answered without a password/],
  ])('%s is an error without secrets', async (_, reply, message) => {
    answer = () => reply;
    const error: unknown = await source()
      .get()
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain('canary');
  });

  test('a host that is none of ECR needs a region', async () => {
    const other = ecrSource(parseRegistryHost('ecr.example.test'), { endpoint }, () => new Date(time));
    await expect(other.get()).rejects.toThrow(/set auth\.ecr\.region/);
    expect(requests.length).toBe(0);
  });
});
