// Where a login's credentials come from: the configuration, a variable, a file.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RegistryAuth } from '../config/registry-auth.ts';
import { secretFiles } from '../config/secret-file.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { createLogin } from './login.ts';

let directory = '';
let time = 0;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ociregistry-'));
  time = Date.UTC(2026, 0, 1);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function source(auth: RegistryAuth) {
  const options = { env: { SECRET: 'from-env', EMPTY: '' }, files: secretFiles, now: () => new Date(time) };
  return createLogin(parseRegistryHost('registry.example.test'), auth, options).source;
}

const file = (): string => join(directory, 'secret');

describe('a password', () => {
  test('from the configuration, and from a variable', async () => {
    const wanted = (password: string) => ({ kind: 'password', user: 'u', password });
    expect(await source({ user: 'u', password: 'p' }).get()).toEqual(wanted('p'));
    expect(await source({ user: 'u', password: { env: 'SECRET' } }).get()).toEqual(wanted('from-env'));
  });

  test.each(['UNSET', 'EMPTY'])('from the variable %s is an error that names it', async (env) => {
    await expect(source({ user: 'u', password: { env } }).get()).rejects.toThrow(
      `variable ${env} is not set`,
    );
  });

  test('from a file without its line break, read again when it changes', async () => {
    await writeFile(file(), 'first pass\n');
    const credentials = source({ user: 'u', password: { file: file() } });
    expect(await credentials.get()).toMatchObject({ password: 'first pass' });
    await writeFile(file(), 'second one\r\n');
    time += 1000;
    expect(await credentials.get()).toMatchObject({ password: 'second one' });
  });

  test.each([
    ['is empty', '\n', 'the file is empty'],
    ['is huge', 'x'.repeat(1024 * 1024 + 1), 'larger than'],
  ])('from a file that %s is an error', async (_, text, message) => {
    await writeFile(file(), text);
    await expect(source({ user: 'u', password: { file: file() } }).get()).rejects.toThrow(message);
  });
});

describe('a token', () => {
  test('is given until it expires', async () => {
    const expires = time + 60_000;
    const credentials = source({ token: 't0ken', expires });
    expect(await credentials.get()).toEqual({ kind: 'token', token: 't0ken', expires });
    time = expires;
    await expect(credentials.get()).rejects.toThrow('the token expired at 2026-01-01T00:01:00.000Z');
  });

  test('that cannot stand in a header is an error that does not show it', async () => {
    const credentials = source({ token: 'canary 4711\nX: y' });
    await expect(credentials.get()).rejects.toThrow('characters that no token has');
    await expect(credentials.get()).rejects.not.toThrow('canary');
  });
});
