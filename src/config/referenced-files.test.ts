// What is said of certificates, keys and secrets before a registry is asked.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issue, makeCa } from '../../mock/certificates.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { defaultRegistryEntry } from './config.ts';
import type { RegistryTls } from './config.ts';
import { referencedFileMistakes } from './referenced-files.ts';
import type { RegistryAuth } from './registry-auth.ts';

const directory = mkdtempSync(join(tmpdir(), 'files-'));
afterAll(() => rmSync(directory, { recursive: true }));
const at = (name: string): string => join(directory, name);
const entry = defaultRegistryEntry(parseRegistryHost('a.test'));

beforeAll(async () => {
  const ca = await makeCa();
  const old = await makeCa({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') });
  const client = await issue(ca, { names: ['client'], client: true });
  const other = await issue(ca, { names: ['other'], client: true });
  const files = {
    'ca.pem': ca.cert,
    'old.pem': old.cert,
    'bundle.pem': `${old.cert}\n${ca.cert}`,
    'client.pem': client.cert,
    'client-key.pem': client.key,
    'other-key.pem': other.key,
    'cut.pem': ca.cert.slice(0, 200),
    'odd.pem': '-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n',
    secret: 'hunter2',
    empty: ' \n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
});

function mistakes(changes: { readonly tls?: Partial<RegistryTls>; readonly auth?: RegistryAuth }): string[] {
  const tls = { ...entry.tls, ...changes.tls };
  const parseDockerConfig = (): never => {
    throw new Error('no docker config');
  };
  return referencedFileMistakes({ ...entry, ...changes, tls }, { now: new Date(), parseDockerConfig }).map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  );
}

test.each([
  ['an authority', { ca: 'ca.pem' }, []],
  ['a bundle in which one has expired', { ca: 'bundle.pem' }, []],
  [
    'one that has expired',
    { ca: 'old.pem' },
    ['tls.ca the certificate expired on 2021-01-01T00:00:00.000Z; put a new one there'],
  ],
  ['one that is cut off', { ca: 'cut.pem' }, ['tls.ca the file holds no whole certificate']],
  ['one that is none', { ca: 'odd.pem' }, ['tls.ca a certificate in the file cannot be read']],
  ['one that has gone', { ca: 'gone.pem' }, ['tls.ca the file does not exist']],
  ['a certificate and its key', { cert: 'client.pem', key: 'client-key.pem' }, []],
  ['another key', { cert: 'client.pem', key: 'other-key.pem' }, ['tls.key the key is not that of cert']],
  [
    'no key, and an old certificate',
    { cert: 'old.pem', key: 'ca.pem' },
    [
      'tls.cert the certificate expired on 2021-01-01T00:00:00.000Z; put a new one there',
      'tls.key the file holds no private key that can be read without a passphrase',
    ],
  ],
])('TLS: %s', (_, files, expected) => {
  const tls = Object.fromEntries(Object.entries(files).map(([name, file]) => [name, at(file)]));
  expect(mistakes({ tls })).toEqual(expected);
});

test.each<[string, RegistryAuth, readonly string[]]>([
  ['a password', { user: 'u', password: { file: at('secret') } }, []],
  ['an empty one', { user: 'u', password: { file: at('empty') } }, ['auth.password_file the file is empty']],
  ['an empty token', { token: { file: at('empty') } }, ['auth.token_file the file is empty']],
  ['one in the environment', { token: { env: 'T' } }, []],
  ['no docker configuration', { dockerConfig: at('secret') }, ['auth.docker_config no docker config']],
  ['one that has gone', { dockerConfig: at('gone') }, ['auth.docker_config the file does not exist']],
  ['ECR', { ecr: {} }, []],
])('secrets: %s', (_, auth, expected) => {
  expect(mistakes({ auth })).toEqual(expected);
});
