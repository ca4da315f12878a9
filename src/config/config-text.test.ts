import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { configText } from './config-text.ts';
import { parseConfigFile } from './file.ts';
import { loadConfig, loadWithOrigins } from './load.ts';

const directory = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = join(directory, 'c.yaml');
const pem = join(directory, 'a.pem');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n');
writeFileSync(
  file,
  `
host: '::1'
pull_timeout: 90s
shutdown_grace: 0
default_ns: ghcr.io
allow_registries: ['*.test', docker.io]
admission_tls: { cert: ${pem}, key: ${pem} }
image_validation:
  default: Cached
  mode: warn
  allow: [docker.io, quay.io/team/, nginx]
  deny: ['ghcr.io/team/app:v1']
  server_names: [cache.test:8443]
registries:
  - name: reg.test:80
    scheme: http
    description: "two\\nlines # and more"
    auth: { user: '*me', password: canary-4711, realms: [login.test] }
    revalidate: 1h30m
    tags: [{ pattern: '*', revalidate: never }]
    immutable_versions: true
    complete: false
    air_gapped: true
    endpoints: [{ url: 'https://m.test/x', style: ns }, { url: http://n.test }]
    timeouts: { connect: 1500ms, no_progress: 1m }
    max_connections: 3
  - { name: reg.test, path_prefix: team, auth: { token: canary-4711, expires: '2027-01-31T12:00:00+02:00' } }
  - { name: b.test, auth: { user: u, password_from_env: P_W } }
  - { name: c.test, auth: { token_file: ${pem} }, tls: { ca: ${pem}, cert: ${pem}, key: ${pem} } }
  - { name: d.test, auth: { docker_config: ${pem} }, tls: { insecure_skip_verify: true } }
  - { name: e.test, auth: { ecr: { region: eu-west-1 } } }
`,
);

test.each([
  ['defaults', {}],
  ['everything', { configPath: file, environment: { OCIREGISTRY_PORT: '7' }, flags: { log_level: 'info' } }],
])('%s: what is shown can be read, and says the same', (_, sources) => {
  const loaded = loadWithOrigins(sources);
  const text = configText(loaded);
  expect(text).not.toContain('canary');
  expect(parseConfigFile(text, 'f').mistakes).toEqual([]);
  const again = join(directory, 'again.yaml');
  writeFileSync(again, text.replaceAll('"********"', 'canary-4711'));
  expect(loadConfig({ configPath: again })).toEqual(loaded.config);
});

test('each value says where it is from', () => {
  const sources = { configPath: file, environment: { OCIREGISTRY_PORT: '7' }, flags: { log_level: 'info' } };
  const lines = configText(loadWithOrigins(sources)).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'port: 7 # OCIREGISTRY_PORT',
      'log_level: info # --log-level',
      'max_fills: 64 # default',
      `pull_timeout: 90s # ${file}:3:15`,
      `# ${file}:15:3`,
      'registries:',
      '      password: "********"',
      '    revalidate: 90m',
    ]),
  );
});

test('a file with a strange name cannot end its comment', () => {
  const strange = join(directory, 'a\nport: 1');
  writeFileSync(strange, 'host: a.test');
  const { settings } = parseConfigFile(configText(loadWithOrigins({ configPath: strange })), 'f');
  expect([settings.host, settings.port]).toEqual(['a.test', 8080]);
});
