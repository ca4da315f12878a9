import { appendFile, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issue, makeCa } from '../../mock/certificates.ts';
import { silentLog } from '../log/log.ts';
import { readCertificate, watchCertificate } from './certificate.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'certificate-'));
  const ca = await makeCa();
  for (const name of ['one', 'two']) {
    const { cert, key } = await issue(ca, { names: ['localhost'] });
    await writeFile(at(`${name}.crt`), cert);
    await writeFile(at(`${name}.key`), key);
  }
  await writeFile(at('other'), 'secret');
  await writeFile(at('broken'), '-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----\n');
  await copyFile(at('one.crt'), at('chain'));
  await appendFile(at('chain'), '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n');
});
afterAll(() => rm(directory, { recursive: true }));

const at = (name: string): string => join(directory, name);

test.each([
  ['no file', 'none', 'one.key', 'none: the file does not exist'],
  ['no PEM', 'other', 'one.key', 'other: the file holds no PEM block (-----BEGIN …)'],
  ['no certificate', 'broken', 'one.key', 'broken: the file holds no certificate'],
  ['a key in its place', 'one.key', 'one.key', 'one.key: the file holds no certificate'],
  ['no key', 'one.crt', 'one.crt', 'one.crt: the file holds no private key'],
  ['the key of another', 'one.crt', 'two.key', 'two.key is not the key of'],
  ['a chain that is broken', 'chain', 'one.key', 'chain: the file holds no certificate'],
])('%s', (_, cert, key, message) => {
  const read = (): unknown => readCertificate({ cert: at(cert), key: at(key) });
  expect(read).toThrow(message);
  expect(read).not.toThrow('secret');
});

test('half of another certificate is none; the whole of it is told', async () => {
  const files = { cert: at('shown.crt'), key: at('shown.key') };
  await copyFile(at('one.crt'), files.cert);
  await copyFile(at('one.key'), files.key);
  const two = readCertificate({ cert: at('two.crt'), key: at('two.key') });
  const refused: string[] = [];
  const log = { ...silentLog, warn: (message: string) => void refused.push(message) };
  const told: unknown[] = [];
  using _watch = watchCertificate(files, (certificate) => told.push(certificate), log, {
    settleMs: 1,
    pollMs: 10,
  });
  await copyFile(at('two.crt'), files.cert);
  await expect.poll(() => refused.length).toBeGreaterThan(0);
  expect(told).toEqual([]);
  await copyFile(at('two.key'), files.key);
  await expect.poll(() => told.at(-1)).toEqual(two);
});
