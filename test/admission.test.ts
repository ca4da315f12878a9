// Admission through the front door: real reviews over TLS, answered from what the cache really has.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { childFor } from '../mock/index.ts';
import { deployment, openAdmission, pod, review, validation, verdictOf } from './admitting.ts';
import { FrontDoor } from './front-door.ts';

test('a verdict names the image and the rule, and has the uid of its question', async () => {
  await using admission = await openAdmission({ default: 'deny', allow: ['quay.io/team'] });
  expect(JSON.parse((await admission.ask(review(deployment('nginx')))).body)).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: false,
      status: {
        code: 403,
        reason: 'Forbidden',
        message:
          '"nginx" is docker.io/library/nginx:latest (spec.template.spec.containers[0].image): denied, because no rule allows it',
      },
    },
  });
  expect(verdictOf(await admission.ask(review(deployment('quay.io/team/app:v1')))).allowed).toBe(true);
});

test('an ephemeral container in a running pod; what ran before is let be', async () => {
  await using admission = await openAdmission({ default: 'deny' });
  const old = pod('nginx');
  const debugged = {
    ...old,
    spec: { containers: [{ image: 'nginx' }], ephemeralContainers: [{ image: 'sh' }] },
  };
  const more = { operation: 'UPDATE', subResource: 'ephemeralcontainers', oldObject: old };
  const { allowed, status } = verdictOf(await admission.ask(review(debugged, more)));
  expect(allowed).toBe(false);
  expect(status?.message).toMatch(/^"sh" .*ephemeralContainers\[0\]/);
  expect(status?.message).not.toContain('nginx');
  expect(verdictOf(await admission.ask(review(old, more))).allowed).toBe(true);
});

test('warn lets in, with a warning', async () => {
  await using admission = await openAdmission({ mode: 'warn', deny: ['docker.io'] });
  expect(verdictOf(await admission.ask(review(pod('nginx'))))).toMatchObject({
    allowed: true,
    warnings: [expect.stringContaining('denied by the rule docker.io/')],
  });
});

describe('only what is cached', () => {
  test('an image is admitted from when it can be pulled whole, also when its registry has gone', async () => {
    await using admission = await openAdmission({ default: 'cached' }, { complete: false });
    const { door, ask } = admission;
    const image = door.mock.addImage('team/app', 'v1', { layers: [1000] });
    const name = `${door.mock.host}/team/app`;
    const refused = async (reference: string): Promise<string | undefined> =>
      verdictOf(await ask(review(pod(`${name}${reference}`)))).status?.message;
    expect(await refused(':v1')).toBe(`${name}:v1 (spec.containers[0].image): it is not cached`);
    await door.get('/v2/team/app/manifests/v1');
    for (const { digest } of image.blobs) {
      expect(await refused(':v1')).toContain(`it is not cached whole: its `);
      expect(await refused(':v1')).toMatch(/sha256:\w+ is missing$/);
      await door.get(`/v2/team/app/blobs/${digest}`);
    }
    await expect.poll(() => refused(':v1')).toBeUndefined();
    await door.mock.stop();
    expect(await refused(':v1')).toBeUndefined();
    expect(await refused(`@${image.digest}`)).toBeUndefined();
    expect(await refused(':v2')).toMatch(/it is not cached$/);
    await door.restart();
    expect(await refused(':v1')).toBeUndefined();
  });

  test('for the platforms of the cluster', async () => {
    await using admission = await openAdmission({ default: 'cached' }, { complete: false });
    const { door, ask } = admission;
    const index = door.mock.addImage('app', 'v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    door.mock.addImage('app', 'arm', { platforms: ['linux/arm64'] });
    const message = async (tag: string): Promise<string | undefined> =>
      verdictOf(await ask(review(pod(`${door.mock.host}/app:${tag}`)))).status?.message;
    await door.get('/v2/app/manifests/arm');
    expect(await message('arm')).toContain('there is nothing for linux/amd64');
    await door.get('/v2/app/manifests/v1');
    const amd64 = childFor(index, 'linux/amd64');
    expect(await message('v1')).toContain(`its manifest ${amd64.digest} for linux/amd64 is missing`);
    await door.get(`/v2/app/manifests/${amd64.digest}`);
    for (const { digest } of amd64.blobs) await door.get(`/v2/app/blobs/${digest}`);
    await expect.poll(() => message('v1')).toBeUndefined();
  });

  test('what another server on the directory has pulled is learnt', async () => {
    await using admission = await openAdmission({ default: 'cached' });
    const { door, ask } = admission;
    const image = door.mock.addImage('app', 'v1');
    const other = new FrontDoor(door.mock, door.imagePath, {});
    await other.start();
    try {
      await other.get('/v2/app/manifests/v1');
      for (const { digest } of image.blobs) await other.get(`/v2/app/blobs/${digest}`);
      const named = review(pod(`${door.mock.host}/app:v1`));
      await expect.poll(async () => verdictOf(await ask(named)).allowed).toBe(true);
    } finally {
      await other.stop();
    }
  });

  test('never of a registry that is closed', async () => {
    await using admission = await openAdmission({ default: 'cached' }, { denyRegistries: ['quay.io'] });
    const { status } = verdictOf(await admission.ask(review(pod('quay.io/team/app'))));
    expect(status?.message).toMatch(/quay\.io/);
    expect(status?.message).not.toContain('not cached');
  });
});

test('rules are reloaded', async () => {
  await using admission = await openAdmission({ deny: ['docker.io'] });
  const { door, ask } = admission;
  const isAllowed = async (): Promise<boolean> => verdictOf(await ask(review(pod('nginx')))).allowed;
  expect(await isAllowed()).toBe(false);
  door.reload({ imageValidation: validation({ deny: ['quay.io'] }) });
  await expect.poll(isAllowed).toBe(true);
});

describe('what is no review', () => {
  const whole = JSON.stringify(review(pod('nginx')));
  test.each<[name: string, body: unknown, status: number, headers?: Record<string, string>]>([
    ['nothing', '', 400],
    ['no JSON', whole.slice(0, -1), 400],
    ['no UTF-8', Buffer.concat([Buffer.from(whole.slice(0, -1)), Buffer.from([0xff])]), 400],
    ['a list', [], 400],
    ['an older version', { ...review(pod('nginx')), apiVersion: 'admission.k8s.io/v1beta1' }, 400],
    ['another kind', { ...review(pod('nginx')), kind: 'ConversionReview' }, 400],
    ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }, 400],
    ['no uid', review(pod('nginx'), { uid: undefined }), 400],
    ['an endless uid', review(pod('nginx'), { uid: 'x'.repeat(1001) }), 400],
    ['an operation of its own', review(pod('nginx'), { operation: 'PATCH' }), 400],
    ['another media type', whole, 415, { 'Content-Type': 'application/yaml' }],
    ['longer than any', review(pod('x'.repeat(8 * 1024 * 1024))), 413],
  ])('%s', async (_, body, status, headers = {}) => {
    await using admission = await openAdmission({ default: 'deny' });
    const answer = await admission.ask(body, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({
      errors: [{ message: expect.stringContaining('body') as string }],
    });
    expect(verdictOf(await admission.ask(whole)).allowed).toBe(false);
  });
});

describe('hostile reviews', () => {
  test('nested as deep as there is room', async () => {
    await using admission = await openAdmission({ deny: ['docker.io'] });
    const depth = 800_000;
    const nested = `${'{"a":['.repeat(depth)}{"containers":[{"image":"nginx"}]}${']}'.repeat(depth)}`;
    const body = JSON.stringify(review(null)).replace('"object":null', `"object":${nested}`);
    const { allowed, status } = verdictOf(await admission.ask(body));
    expect(allowed).toBe(false);
    expect(status?.message.length).toBeLessThan(1000);
  });

  test('as many images as there is a message for, and more than are looked at', async () => {
    await using admission = await openAdmission({ default: 'cached' });
    const message = async (count: number): Promise<string | undefined> => {
      const images = Array.from({ length: count }, (_, index) => `a.test/app-${index}:v1`);
      return verdictOf(await admission.ask(review(pod(...images)))).status?.message;
    };
    expect(await message(500)).toMatch(/^a\.test\/app-0:v1 .*; and \d+ more$/);
    expect((await message(500))?.length).toBeLessThanOrEqual(4096);
    expect(await message(100_000)).toMatch(/names 100000 images/);
  });

  test('keys that mean something to JavaScript, and keys that come twice', async () => {
    await using admission = await openAdmission({ deny: ['docker.io'] });
    const old = JSON.stringify(pod('nginx'));
    const written = JSON.stringify(review(pod('nginx'), { operation: 'UPDATE', oldObject: undefined }));
    const proto = written.replace('"operation"', `"__proto__":{"oldObject":${old}},"operation"`);
    expect(verdictOf(await admission.ask(proto)).allowed).toBe(false);
    const twice = written.replace('"operation":"UPDATE"', '"operation":"DELETE","operation":"UPDATE"');
    expect(verdictOf(await admission.ask(twice)).allowed).toBe(false);
  });

  test('whatever it is, it is answered', async () => {
    await using admission = await openAdmission({ default: 'deny', mode: 'warn' });
    const seed = randomInt(2 ** 31);
    console.log(`seed ${seed}`);
    const place = fc.constantFrom('object', 'oldObject', 'operation', 'uid', 'namespace', 'kind');
    await fc.assert(
      fc.asyncProperty(
        place,
        fc.jsonValue({ maxDepth: 6 }),
        fc.string({ unit: 'binary' }),
        async (key, value, image) => {
          const { status } = await admission.ask(review(deployment(image), { [key]: value }));
          expect([200, 400]).toContain(status);
        },
      ),
      { seed, numRuns: 200 },
    );
    expect(verdictOf(await admission.ask(review(pod('nginx')))).allowed).toBe(true);
  });

  test('who holds a connection and says nothing is in nobody’s way', async () => {
    await using admission = await openAdmission({});
    const { port } = new URL(admission.door.admissionUrl);
    const silent = Array.from({ length: 200 }, () =>
      connect({ port: Number(port), host: '127.0.0.1', ca: admission.ca.cert }),
    );
    await Promise.all(silent.map((socket) => once(socket, 'secureConnect')));
    for (const socket of silent)
      socket.write('POST /validate-image HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{');
    expect(verdictOf(await admission.ask(review(pod('nginx')))).allowed).toBe(true);
    for (const socket of silent) socket.destroy();
  });
});
