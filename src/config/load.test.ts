import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseRegistryHost } from '../oci/registry-host.ts';
import { defaultConfig, registryEntry, reloaded } from './config.ts';
import { loadConfig, loadWithOrigins } from './load.ts';
import type { ConfigSources } from './load.ts';
import { ConfigError } from './mistake.ts';
import { needingRestart } from './restart.ts';
import { settings } from './setting.ts';
import type { FlagKey } from './setting.ts';

const directory = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function mistakesOf(sources: ConfigSources): readonly string[] {
  try {
    loadConfig(sources);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const five = file('five.yaml', 'port: 5\nhost: five.test\nair_gapped: true');
const six = file('six.yaml', 'port: 6');

describe('precedence', () => {
  test('nothing said: the defaults', () => {
    expect(loadConfig({})).toEqual(defaultConfig);
  });

  test.each<{ name: string; sources: ConfigSources; port: number }>([
    { name: 'a file', sources: { configPath: five }, port: 5 },
    {
      name: 'a file that a variable names',
      sources: { environment: { OCIREGISTRY_CONFIG_PATH: five } },
      port: 5,
    },
    {
      name: 'the file of the flag over that of the variable',
      sources: { configPath: six, environment: { OCIREGISTRY_CONFIG_PATH: five } },
      port: 6,
    },
    {
      name: 'a variable over a file',
      sources: { configPath: five, environment: { OCIREGISTRY_PORT: '7' } },
      port: 7,
    },
    {
      name: 'an empty variable says nothing',
      sources: { configPath: five, environment: { OCIREGISTRY_PORT: '' } },
      port: 5,
    },
    {
      name: 'a flag over both',
      sources: { configPath: five, environment: { OCIREGISTRY_PORT: '7' }, flags: { port: '8' } },
      port: 8,
    },
  ])('$name', ({ sources, port }) => {
    expect(loadConfig(sources).port).toBe(port);
  });

  test('each setting by itself, and a switch can be turned off again', () => {
    const config = loadConfig({
      configPath: five,
      environment: { OCIREGISTRY_PORT: '7' },
      flags: { air_gapped: false },
    });
    expect(config).toEqual({ ...defaultConfig, host: 'five.test', port: 7, airGapped: false });
  });

  /** Of settings without a default. */
  const samples: Readonly<Partial<Record<FlagKey, string>>> = {
    htpasswd_file: '/run/secrets/htpasswd',
    metrics_port: '9100',
    health_port: '9300',
    admin_port: '9200',
    admin_token_file: '/run/secrets/admin',
    scrub_interval: '30d',
    admission_port: '9400',
    platforms: 'linux/amd64',
    max_size: '50GiB',
    not_pulled_for: '90d',
  };

  test('every setting has a variable, which its text form fits', () => {
    const environment = Object.fromEntries(
      settings.map(({ key, variable, default: standard }) => [
        variable,
        String(standard ?? samples[key] ?? 'docker.io'),
      ]),
    );
    expect(loadConfig({ environment })).toEqual({
      ...defaultConfig,
      htpasswdFile: '/run/secrets/htpasswd',
      metricsPort: 9100,
      healthPort: 9300,
      adminPort: 9200,
      adminTokenFile: '/run/secrets/admin',
      scrubIntervalMs: 30 * 24 * 3_600_000,
      admissionPort: 9400,
      platforms: ['linux/amd64'],
      maxSize: 50 * 1024 ** 3,
      notPulledForMs: 90 * 24 * 3_600_000,
      defaultNs: 'docker.io',
      allowRegistries: ['docker.io'],
      denyRegistries: ['docker.io'],
    });
  });
});

test('which source said a setting', () => {
  const sources: ConfigSources = {
    configPath: file('origins.yaml', 'host: a.test\nport: 5\n\nregistries:\n  - name: b.test\n'),
    environment: { OCIREGISTRY_PORT: '7', OCIREGISTRY_MAX_FILLS: '1' },
    flags: { max_fills: '2', air_gapped: true },
  };
  expect(Object.fromEntries(loadWithOrigins(sources).origins)).toEqual({
    host: `${directory}/origins.yaml:1:7`,
    port: 'OCIREGISTRY_PORT',
    registries: `${directory}/origins.yaml:5:3`,
    max_fills: '--max-fills',
    air_gapped: '--air-gapped',
  });
});

test('of a configuration that has changed, only some of it needs a restart', () => {
  const before = loadConfig({ environment: { OCIREGISTRY_PORT: '1' } });
  const after = loadConfig({
    environment: { OCIREGISTRY_DEFAULT_NS: 'a.test', OCIREGISTRY_DENY_REGISTRIES: 'b.test' },
    configPath: file('restart.yaml', '- name: a.test'),
  });
  expect(needingRestart(before, after)).toEqual(['port', 'default_ns']);
  expect(reloaded(before, after)).toEqual({
    ...before,
    denyRegistries: ['b.test'],
    registries: after.registries,
  });
  expect(reloaded(reloaded(before, after), before)).toEqual(before);
});

test('a configuration is frozen throughout', () => {
  const config = loadConfig({
    configPath: file('list.yaml', '- name: a.test\n  auth: { user: u, password: p }'),
  });
  const [entry] = config.registries;
  expect([config, config.registries, entry, entry?.auth, entry?.tls].every(Object.isFrozen)).toBe(true);
});

test('the image path is absolute', () => {
  expect(loadConfig({ flags: { image_path: 'images' } }).imagePath).toBe(join(process.cwd(), 'images'));
});

test('a registry has its own entry or the default one', () => {
  const config = loadConfig({ configPath: file('http.yaml', '- name: a.test:5000\n  scheme: http') });
  expect(registryEntry(config, parseRegistryHost('A.test:5000'))).toBe(config.registries[0]);
  expect(registryEntry(config, parseRegistryHost('a.test'))).toEqual({
    registry: 'a.test',
    scheme: 'https',
    tls: { insecureSkipVerify: false },
    revalidate: 'always',
    tags: [],
    immutableVersions: false,
    airGapped: false,
  });
});

describe('mistakes', () => {
  test('of all sources at once, also those that a stronger source hides', () => {
    const bad = file('bad.yaml', 'port: x');
    const sources = {
      flags: { port: '1', log_level: 'loud' },
      environment: { OCIREGISTRY_MAX_FILLS: '0', OCIREGISTRY_CONFIG_PATH: bad, PATH: '/bin' },
    };
    expect(mistakesOf(sources)).toEqual([
      '--log-level: must be trace, debug, info, warn or error',
      'OCIREGISTRY_MAX_FILLS: must be a whole number from 1 to 10000',
      `${bad}:1:7: port must be a whole number from 0 to 65535`,
    ]);
  });

  test('a misspelt variable is one', () => {
    expect(mistakesOf({ environment: { OCIREGISTRY_IMAGEPATH: 'x', OCIREGISTRY_ZZZ: 'x' } })).toEqual([
      'OCIREGISTRY_IMAGEPATH: no such setting; did you mean OCIREGISTRY_IMAGE_PATH?',
      'OCIREGISTRY_ZZZ: no such setting; see --help for those there are',
    ]);
  });

  test('what Kubernetes sets beside a Service called ociregistry is none', () => {
    const environment = {
      OCIREGISTRY_PORT: 'tcp://10.0.0.1:8080',
      OCIREGISTRY_SERVICE_HOST: '10.0.0.1',
      OCIREGISTRY_SERVICE_PORT: '8080',
      OCIREGISTRY_SERVICE_PORT_HTTP: '8080',
      OCIREGISTRY_PORT_8080_TCP: 'tcp://10.0.0.1:8080',
      OCIREGISTRY_PORT_8080_TCP_ADDR: '10.0.0.1',
      OCIREGISTRY_ADMIN_PORT: 'tcp://10.0.0.2:8081',
      OCIREGISTRY_ADMIN_SERVICE_HOST: '10.0.0.2',
    };
    expect(loadConfig({ environment })).toEqual(defaultConfig);
  });
});
