// Credentials from a docker config.json on disk, and from helpers that are programs.
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { secretFiles } from '../config/secret-file.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { CredentialSource } from './credentials.ts';
import { dockerConfigSource } from './docker-config-source.ts';

const registry = parseRegistryHost('registry.example.test');
const canary = 'canary-helper-4711';
let directory = '';
let time = 0;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ociregistry-'));
  time = 1_000_000;
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function writeConfig(config: object): Promise<void> {
  // Moved into place, as mounted secrets are.
  await writeFile(join(directory, 'new.json'), JSON.stringify(config));
  await rename(join(directory, 'new.json'), join(directory, 'config.json'));
}

/** A helper as a shell script that notes what it was asked. */
async function writeHelper(name: string, script: string): Promise<void> {
  const path = join(directory, `docker-credential-${name}`);
  await writeFile(path, `#!/bin/sh\nread url; echo "$1 $url" >> "${directory}/asked"\n${script}\n`);
  await chmod(path, 0o755);
}

const asked = (): Promise<string> => readFile(join(directory, 'asked'), 'utf8');

function source(timeoutMs = 5000): CredentialSource {
  return dockerConfigSource(registry, join(directory, 'config.json'), {
    files: secretFiles,
    now: () => new Date(time),
    helper: { timeoutMs, env: { PATH: `${directory}:/usr/bin:/bin` } },
  });
}

const answer = (user: string, secret: string): string =>
  `echo '${JSON.stringify({ ServerURL: 'x', Username: user, Secret: secret })}'`;

describe('the file', () => {
  const config = (password: string) => ({ auths: { [registry]: { username: 'ann', password } } });

  test('is read again when it has changed, and looked at once a second', async () => {
    await writeConfig(config('first'));
    const credentials = source();
    expect(await credentials.get()).toMatchObject({ password: 'first' });
    await writeConfig(config('second'));
    expect(await credentials.get()).toMatchObject({ password: 'first' });
    time += 1000;
    expect(await credentials.get()).toMatchObject({ password: 'second' });
    await writeConfig(config('third'));
    credentials.refused();
    expect(await credentials.get()).toMatchObject({ password: 'third' });
    // A clock that is set back does not keep an old secret alive.
    await writeConfig(config('fourth'));
    time -= 3_600_000;
    expect(await credentials.get()).toMatchObject({ password: 'fourth' });
  });

  test('that is broken or gone leaves what was read before', async () => {
    await writeConfig(config('first'));
    const credentials = source();
    await credentials.get();
    await writeFile(join(directory, 'config.json'), '{');
    time += 2000;
    expect(await credentials.get()).toMatchObject({ password: 'first' });
    await rm(join(directory, 'config.json'));
    time += 2000;
    expect(await credentials.get()).toMatchObject({ password: 'first' });
    await writeConfig(config('second'));
    time += 2000;
    expect(await credentials.get()).toMatchObject({ password: 'second' });
  });

  test('that never was there is an error with its path', async () => {
    await expect(source().get()).rejects.toThrow(/config\.json: the file does not exist/);
  });
});

describe('a helper', () => {
  test.each<[string, string, object | undefined]>([
    ['password', answer('ann', canary), { kind: 'password', user: 'ann', password: canary }],
    ['identity token', answer('<token>', canary), { kind: 'identity', token: canary }],
    ['nothing, by exit code', "echo 'credentials not found in native keychain'; exit 1", undefined],
    ['nothing, by an empty secret', answer('', ''), undefined],
  ])('answers %s', async (_, script, wanted) => {
    await writeConfig({ credHelpers: { [registry]: 'own' }, credsStore: 'other' });
    await writeHelper('own', script);
    expect(await source().get()).toEqual(wanted);
    expect(await asked()).toBe(`get ${registry}\n`);
  });

  test.each<[string, string, RegExp]>([
    ['fails', `echo '${canary}'; echo '${canary}' >&2; exit 3`, /failed for .* \(exit 3\)/],
    ['answers no JSON', `echo '${canary}'`, /did not answer JSON/],
    ['answers half', `echo '{"Secret":"${canary}"}'`, /without Username and Secret/],
    ['answers null', 'echo null', /without Username and Secret/],
    ['never ends', 'sleep 30', /did not answer within 300 ms/],
    ['leaves a child behind', 'sleep 30 & sleep 30', /did not answer within 300 ms/],
    ['answers without end', 'while :; do echo 0123456789abcdef; done', /answered too much/],
    ['is killed', 'kill -9 $$', /SIGKILL/],
  ])('that %s is an error without its output', async (_, script, message) => {
    await writeConfig({ credHelpers: { [registry]: 'own' } });
    await writeHelper('own', script);
    const error: unknown = await source(message.source.includes('300') ? 300 : 5000)
      .get()
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain(canary);
  });

  test('that is not installed is an error', async () => {
    await writeConfig({ credHelpers: { [registry]: 'missing' } });
    await expect(source().get()).rejects.toThrow(/docker-credential-missing cannot be run: there is no such/);
  });

  test('is asked once for many, again after a minute, and again when its answer was refused', async () => {
    await writeConfig({ credsStore: 'own' });
    await writeHelper('own', answer('ann', canary));
    const credentials = source();
    const times = async (): Promise<number> => (await asked()).trim().split('\n').length;
    await Promise.all(Array.from({ length: 20 }, () => credentials.get()));
    expect(await times()).toBe(1);
    time += 59_999;
    await credentials.get();
    expect(await times()).toBe(1);
    time += 1;
    await credentials.get();
    expect(await times()).toBe(2);
    credentials.refused();
    await credentials.get();
    expect(await times()).toBe(3);
  });

  test('that knows nothing leaves it to auths', async () => {
    const auths = { [registry]: { username: 'ann', password: 'plain' } };
    await writeConfig({ credsStore: 'own', auths });
    await writeHelper('own', "echo 'credentials not found in native keychain'; exit 1");
    expect(await source().get()).toMatchObject({ password: 'plain' });
  });
});
