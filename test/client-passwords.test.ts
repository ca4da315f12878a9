// Passwords of clients through the front door: nothing without one, nothing slower with one, and it shows nowhere.
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '../src/log/log.ts';
import { certificateFiles } from './certificates.ts';
import { errorCodes, openFrontDoor, temporaryDirectory } from './front-door.ts';
import type { Answered, FrontDoor, FrontDoorOptions } from './front-door.ts';

const canary = 'canary-pässword:4711';
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const ann = { Authorization: basic('ann', canary) };
const line = (user: string, password: string, cost = 4): string => `${user}:${hashSync(password, cost)}\n`;

interface Guarded {
  readonly door: FrontDoor;
  readonly file: string;
  readonly said: readonly string[];
}

async function guarded(text = line('ann', canary), options: FrontDoorOptions = {}): Promise<Guarded> {
  const directory = await temporaryDirectory();
  const file = join(directory.path, 'htpasswd');
  await writeFile(file, text, { mode: 0o600 });
  const said: string[] = [];
  const log = createLog({ level: 'trace', format: 'text', write: (line) => said.push(line) });
  const door = await openFrontDoor({
    log,
    ...options,
    config: { htpasswdFile: file, complete: false, ...options.config },
  });
  onTestFinished(async () => {
    await door[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
  });
  return { door, file, said };
}

const refusal = (answer: Answered): unknown => [answer.status, answer.headers['www-authenticate']];
const unauthorized = [401, 'Basic realm="ociregistry", charset="UTF-8"'];

test.each([true, false])(
  'every path wants the password, also of what is cached (hits ahead: %s)',
  async (hitsAhead) => {
    const { door } = await guarded(undefined, { hitsAhead });
    const image = door.mock.addImage('app', 'v1', { layers: [1000, 300_000] });
    const paths = [
      '/v2/',
      '/v2/app/manifests/v1',
      `/v2/app/manifests/${image.digest}`,
      ...image.blobs.map(({ digest }) => `/v2/app/blobs/${digest}`),
      '/v2/app/tags/list',
      '/v2/app/referrers/' + image.digest,
      '/v2/_catalog',
    ];
    // Once each: then all is cached, and understood by whatever answers hits.
    for (const path of [...paths, ...paths])
      expect([path, (await door.get(path, ann)).status]).toEqual([path, 200]);
    const asked = door.mock.requests.length;
    for (const path of [...paths, '/', '/v2/app/blobs/uploads/', '/none', '/v2/../etc']) {
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'PUT']) {
        const answer = await door.raw(`${path}?ns=${door.mock.host}`, {}, method);
        expect([path, method, refusal(answer)]).toEqual([path, method, unauthorized]);
        if (method !== 'HEAD') expect(errorCodes(answer)).toEqual(['UNAUTHORIZED']);
        expect(answer.headers['docker-content-digest']).toBeUndefined();
      }
    }
    expect(door.mock.requests.length).toBe(asked);
  },
);

test.each([
  ['another password', basic('ann', 'another')],
  ['the beginning of it', basic('ann', canary.slice(0, -1))],
  ['another case of it', basic('ann', canary.toUpperCase())],
  ['an empty one', basic('ann', '')],
  ['another user', basic('bob', canary)],
  ['another case of the user', basic('Ann', canary)],
  ['no user', basic('', canary)],
  ['a user of JavaScript', basic('__proto__', canary)],
  ['no colon', `Basic ${Buffer.from('ann').toString('base64')}`],
  ['what is not base64', 'Basic ann:secret'],
  ['it without its scheme', ann.Authorization.slice(6)],
  ['another scheme', ann.Authorization.replace('Basic', 'Bearer')],
  ['an empty header', ''],
])('%s: the same answer as for nothing at all', async (_, authorization) => {
  const { door } = await guarded();
  const nothing = await door.raw('/v2/');
  const answer = await door.raw('/v2/', { Authorization: authorization });
  expect(refusal(answer)).toEqual(unauthorized);
  expect(answer.body.equals(nothing.body)).toBe(true);
  expect((await door.raw('/v2/', ann)).status).toBe(200);
  expect(
    (await door.raw('/v2/', { authorization: ann.Authorization.replace('Basic', 'basic') })).status,
  ).toBe(200);
});

test('the password goes nowhere: no upstream, no log, no file', async () => {
  const { door, said } = await guarded();
  const image = door.mock.addImage('app', 'v1', { layers: [1000] });
  for (const headers of [ann, { Authorization: basic('ann', `${canary}x`) }]) {
    await door.get('/v2/app/manifests/v1', headers);
    for (const { digest } of image.blobs) await door.get(`/v2/app/blobs/${digest}`, headers);
  }
  expect(door.mock.requests.map(({ headers }) => headers['authorization'])).toEqual(
    door.mock.requests.map(() => undefined),
  );
  const text = said.join('\n');
  expect(text).toMatch(/status=401/);
  for (const secret of ['canary', ann.Authorization.slice(6, 20), '$2b$']) expect(text).not.toContain(secret);
});

test('who is known is served while a password is checked that takes long', async () => {
  const { door } = await guarded(line('ann', canary) + line('bob', 'b', 14));
  expect((await door.raw('/v2/', ann)).status).toBe(200);
  let isChecked = false;
  const checking = door.raw('/v2/', { Authorization: basic('bob', 'b') }).finally(() => (isChecked = true));
  for (let pull = 0; pull < 20; pull += 1) expect((await door.raw('/v2/', ann)).status).toBe(200);
  expect(isChecked).toBe(false);
  expect((await checking).status).toBe(200);
});

describe('wrong passwords', () => {
  test('are only tried so often from one address; who is known comes in all the same', async () => {
    const { door } = await guarded(line('ann', canary) + line('bob', 'b'));
    expect((await door.raw('/v2/', ann)).status).toBe(200);
    const guesses = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        door.raw('/v2/', { Authorization: basic('ann', `guess ${index}`) }),
      ),
    );
    const statuses = guesses.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBe(20);
    const refused = guesses.filter(({ status }) => status === 503);
    expect(refused.length).toBe(40);
    for (const answer of refused) expect(answer.headers['retry-after']).toBe('60');
    expect((await door.raw('/v2/', ann)).status).toBe(200);
    // A right one, too, that nobody has checked yet: else guessing would go on.
    expect((await door.raw('/v2/', { Authorization: basic('bob', 'b') })).status).toBe(503);
  });

  test('the same one again is known to be wrong, and does not use up the share', async () => {
    const { door } = await guarded(line('ann', canary) + line('bob', 'b'));
    for (let round = 0; round < 50; round++) {
      expect((await door.raw('/v2/', { Authorization: basic('ann', 'old') })).status).toBe(401);
    }
    expect((await door.raw('/v2/', { Authorization: basic('bob', 'b') })).status).toBe(200);
  });

  test('right ones do not use it up', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `user${index}`);
    const { door } = await guarded(names.map((name) => line(name, name)).join(''));
    for (const name of names) {
      expect((await door.raw('/v2/', { Authorization: basic(name, name) })).status).toBe(200);
    }
  });
});

test('a node’s many requests cost one check', async () => {
  // A check takes a second of a core here: a hundred of them would be told by the time limit of the test.
  const { door } = await guarded(line('ann', canary, 13));
  const image = door.mock.addImage('app', 'v1');
  const requests = Array.from({ length: 100 }, () => door.get(`/v2/app/manifests/${image.digest}`, ann));
  for (const { status } of await Promise.all(requests)) expect(status).toBe(200);
});

describe('the file', () => {
  test('is read again: who is new comes in, who is gone does not, however lately he was let in', async () => {
    const { door, file } = await guarded();
    const bob = { Authorization: basic('bob', 'b') };
    expect((await door.raw('/v2/', ann)).status).toBe(200);
    expect((await door.raw('/v2/', bob)).status).toBe(401);
    await writeFile(file, line('bob', 'b'));
    await vi.waitFor(async () => expect((await door.raw('/v2/', bob)).status).toBe(200), 10_000);
    expect((await door.raw('/v2/', ann)).status).toBe(401);
  });

  test('with a slip in it, the users before stay and the log names the line; gone, nobody is let in', async () => {
    const { door, file, said } = await guarded();
    await writeFile(file, `${line('ann', canary)}bob:canary\n`);
    await vi.waitFor(() => expect(said.join('\n')).toMatch(/ERROR.*line 2: /), 10_000);
    expect(said.join('\n')).not.toContain('canary');
    expect((await door.raw('/v2/', ann)).status).toBe(200);
    await rm(file);
    await vi.waitFor(async () => expect((await door.raw('/v2/', ann)).status).toBe(401), 10_000);
    await writeFile(file, line('ann', canary));
    await vi.waitFor(async () => expect((await door.raw('/v2/', ann)).status).toBe(200), 10_000);
  });

  test.each([
    ['is not there', undefined, 'the file does not exist'],
    [
      'has other passwords than those of bcrypt',
      'ann:{SHA}canary',
      'line 1: the password is not one of bcrypt',
    ],
    ['is empty', '', 'no user in it'],
  ])('%s: no start, and the reason', async (_, text, message) => {
    await using directory = await temporaryDirectory();
    const file = join(directory.path, 'htpasswd');
    if (text !== undefined) await writeFile(file, text);
    await expect(openFrontDoor({ config: { htpasswdFile: file } })).rejects.toThrow(
      new RegExp(`^htpasswd_file ${file}: .*${message.replace(/[.]/g, '\\.')}`),
    );
  });

  test('that everybody may read is a warning', async () => {
    const { door, file, said } = await guarded();
    await chmod(file, 0o644);
    await door.restart();
    expect(said.join('\n')).toMatch(/WARN .*htpasswd_file: everybody on this machine may read it/);
  });
});

test('over TLS, with a certificate of the client besides: both are wanted', async () => {
  await using files = await certificateFiles();
  const { door } = await guarded(undefined, {
    connect: { ca: files.ca.cert, ...(await files.client('node')) },
    config: { serverTls: { ...files.tls, clientAuth: 'verify' } },
  });
  expect((await door.raw('/v2/')).status).toBe(401);
  expect((await door.raw('/v2/', ann)).status).toBe(200);
});
