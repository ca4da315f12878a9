import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseConfigFile, readConfigFile } from './file.ts';
import type { FileSettings } from './file.ts';

const directory = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(directory, { recursive: true }));
const pem = join(directory, 'a.pem');
const noPem = join(directory, 'b.pem');
writeFileSync(pem, '-----BEGIN CERTIFICATE-----\n');
writeFileSync(noPem, 'hunter2');

function mistakesIn(text: string): string[] {
  return parseConfigFile(text, 'f').mistakes.map(({ place, message }) => `${place} ${message}`);
}

function saidIn(text: string): Pick<FileSettings, 'settings' | 'mistakes'> {
  const { settings, mistakes } = parseConfigFile(text, 'f');
  return { settings, mistakes };
}

describe('what a file says', () => {
  test.each([
    { name: 'nothing', text: '' },
    { name: 'only a comment', text: '# later\n---\n' },
    { name: 'keys without values', text: 'port:\nregistries:\n' },
  ])('$name is no setting', ({ text }) => {
    expect(saidIn(text)).toEqual({ settings: {}, mistakes: [] });
  });

  test('every setting', () => {
    const text = `
image_path: /srv/images
host: '[::1]'
port: 5000
log_level: Debug
log_format: json
pull_timeout: 90s
default_ns: index.docker.io
air_gapped: yes
always_pull_latest: true
link_check: strict
max_fills: 8
complete: false
concurrent: 4
shutdown_grace: 1500
registries:
  - name: Registry.Example.Test:5000
    description: ours
    scheme: http
    auth: { user: me, password: secret }
    tls: { ca: ${pem}, cert: ${pem}, key: ${pem}, insecure_skip_verify: true }
    revalidate: 1h30m
    tags: [{ pattern: 'v*', revalidate: never }]
    immutable_versions: true
    complete: false
    air_gapped: true
`;
    expect(saidIn(text)).toEqual({
      mistakes: [],
      settings: {
        image_path: '/srv/images',
        host: '::1',
        port: 5000,
        log_level: 'debug',
        log_format: 'json',
        pull_timeout: 90_000,
        default_ns: 'docker.io',
        air_gapped: true,
        always_pull_latest: true,
        link_check: 'strict',
        max_fills: 8,
        complete: false,
        concurrent: 4,
        shutdown_grace: 1500,
        registries: [
          {
            registry: 'registry.example.test:5000',
            description: 'ours',
            scheme: 'http',
            auth: { user: 'me', password: 'secret' },
            tls: { ca: pem, cert: pem, key: pem, insecureSkipVerify: true },
            revalidate: 5_400_000,
            tags: [{ pattern: 'v*', revalidate: 'never' }],
            immutableVersions: true,
            complete: false,
            airGapped: true,
          },
        ],
      },
    });
  });

  test('port 80 is no part of the name of a plain HTTP registry', () => {
    const text = '- { name: reg.test:80, scheme: http }\n- name: other.test:80';
    const names = saidIn(text).settings.registries?.map(({ registry }) => registry);
    expect(names).toEqual(['reg.test', 'other.test:80']);
  });

  test('a bare list is the registries, and empty sections are none', () => {
    const text =
      '- name: docker.io\n  description: hub\n  auth: {}\n  tls:\n- name: quay.io\n  auth:\n    user:\n';
    const standard = {
      scheme: 'https',
      tls: { insecureSkipVerify: false },
      revalidate: 'always',
      tags: [],
      immutableVersions: false,
      airGapped: false,
    };
    expect(saidIn(text)).toEqual({
      mistakes: [],
      settings: {
        registries: [
          { registry: 'docker.io', description: 'hub', ...standard },
          { registry: 'quay.io', ...standard },
        ],
      },
    });
  });
});

describe('the login of an ECR registry', () => {
  const name = '123456789012.dkr.ecr.eu-central-1.amazonaws.com';
  test.each([
    ['is the AWS identity of the machine, once it is named', `- name: ${name}`, { ecr: {} }],
    [
      'is what is configured',
      `- name: ${name}\n  auth: { user: AWS, password: p }`,
      { user: 'AWS', password: 'p' },
    ],
    ['is not shown elsewhere', `- name: ${name}\n  endpoints: [{ url: https://mirror.test }]`, undefined],
    ['is nobody else’s', '- name: quay.io', undefined],
  ])('%s', (_, text, auth) => {
    expect(parseConfigFile(text, 'f').settings.registries?.[0]?.auth).toEqual(auth);
  });
});

describe('mistakes', () => {
  const table: readonly { name: string; text: string; mistakes: readonly string[] }[] = [
    {
      name: 'all of them at once, in order',
      text: 'registries:\n  - name: a b\n  - scheme: ftp\nport: 99999\nimagePath: /x\n',
      mistakes: [
        'f:2:11 registries[0].name "a b" is no registry host: write it in ASCII without blanks, international names in punycode',
        'f:3:5 registries[1].name is missing',
        'f:3:13 registries[1].scheme must be https or http',
        'f:4:7 port must be a whole number from 0 to 65535',
        'f:5:1 unknown key imagePath: it is a key of the Go project, here it is image_path; `config convert` translates the file',
      ],
    },
    {
      name: 'a key of the program this one follows',
      text: '- name: a.test\n  tls: { insecureSkipVerify: true }',
      mistakes: [
        'f:2:10 unknown key insecureSkipVerify: it is a key of the Go project, here it is insecure_skip_verify; `config convert` translates the file',
      ],
    },
    {
      name: 'a key like no other',
      text: '- name: a.test\n  auth: {}\n  tls: {}\n  frobnicate: 1',
      mistakes: [
        'f:4:3 unknown key frobnicate; the keys here are name, path_prefix, description, scheme, auth, tls, revalidate, tags, immutable_versions, complete, air_gapped, endpoints, timeouts, max_connections',
      ],
    },
    {
      name: 'a list that is a mapping',
      text: 'registries: { a: 1 }',
      mistakes: ['f:1:13 registries must be a list'],
    },
    {
      name: 'a file that is text',
      text: 'hello',
      mistakes: ['f:1:1 the file must be a mapping of keys to values'],
    },
    {
      name: 'an entry that is text',
      text: '- name: a.test\n- b.test',
      mistakes: ['f:2:3 [1] must be a mapping of keys to values'],
    },
    {
      name: 'one registry twice, by another of its names',
      text: '- name: docker.io\n- name: a.test\n- name: Index.Docker.io.\n',
      mistakes: ['f:3:9 this registry already has an entry, on line 1'],
    },
    {
      name: 'one registry twice, once with the port that http has anyway',
      text: '- name: a.test:80\n  scheme: HTTP\n- name: a.test\n- name: a.test:443\n- name: b.test:80\n- name: b.test',
      mistakes: [
        'f:3:9 this registry already has an entry, on line 1',
        'f:4:9 this registry already has an entry, on line 1',
      ],
    },
    {
      name: 'one part of a registry twice',
      text: '- name: a.test\n- { name: a.test, path_prefix: team }\n- { name: a.test, path_prefix: /team/ }\n- { name: a.test, path_prefix: team/x }',
      mistakes: ['f:3:11 this registry already has an entry with this path_prefix, on line 2'],
    },
    {
      name: 'a file of Trow',
      text: 'registry_proxies:\n  offline: true\nimage_validation: {}\n',
      mistakes: [
        'f:1:1 unknown key registry_proxies: it is a key of Trow, here it is registries; `config convert` translates the file',
      ],
    },
    {
      name: 'a key of the Go project where others are hidden',
      text: '- name: a.test\n  auth: { user: u, passwordFromEnv: P, password:hunter2 }',
      mistakes: [
        'f:2:17 [0].auth.user needs a password beside it, or password_from_env or password_file',
        'f:2:20 unknown key passwordFromEnv: it is a key of the Go project, here it is password_from_env; `config convert` translates the file',
      ],
    },
    { name: 'one key twice', text: 'port: 1\nport: 2', mistakes: ['f:2:1 the key is there twice'] },
    { name: 'tabs', text: 'registries:\n\t- name: a', mistakes: ['f:2:1 indent with spaces, not tabs'] },
    {
      name: 'two documents',
      text: 'port: 1\n---\nport: 2',
      mistakes: ['f:2:1 only one document may be in the file; remove what is from here on'],
    },
    {
      name: 'a number as a password',
      text: '- name: a.test\n  auth: { user: u, password: 0123 }',
      mistakes: ['f:2:30 [0].auth.password must be text; put quotes around it'],
    },
    {
      name: 'a user without a password',
      text: '- name: a.test\n  auth: { user: u }',
      mistakes: ['f:2:17 [0].auth.user needs a password beside it, or password_from_env or password_file'],
    },
    {
      name: 'a certificate without a key',
      text: `- name: a.test\n  tls: { cert: ${pem} }`,
      mistakes: ['f:2:8 [0].tls needs both cert and key, or neither'],
    },
    {
      name: 'files that are not there or not PEM',
      text: `- name: a.test\n  tls:\n    ca: ${directory}/none\n- name: b.test\n  tls:\n    ca: ${noPem}\n- name: c.test\n  tls: { ca: ${directory} }`,
      mistakes: [
        'f:3:9 [0].tls.ca the file does not exist',
        'f:6:9 [1].tls.ca the file holds no PEM block (-----BEGIN …)',
        'f:8:14 [2].tls.ca this is a directory, not a file',
      ],
    },
    {
      name: 'an age without a unit',
      text: '- name: a.test\n  revalidate: 10',
      mistakes: ['f:2:15 [0].revalidate must be always, never, or a duration with its unit, such as 10m'],
    },
    {
      name: 'durations of no unit that there is, and too long for a timer',
      text: 'pull_timeout: 1y\nshutdown_grace: 25d',
      mistakes: [
        'f:1:15 pull_timeout must be a number of milliseconds of at least 1, or a duration such as 500ms, 60s or 10m',
        'f:2:17 shutdown_grace must be a number of milliseconds of at least 0, or a duration such as 500ms, 60s or 10m',
      ],
    },
    {
      name: 'hosts that are none, or several that cannot be',
      text: 'host: [a.test, "b c"]',
      mistakes: ['f:1:7 host must be a host name or an address; the port is a setting of its own'],
    },
    {
      name: 'every address, and another',
      text: 'host: "::1,"',
      mistakes: ['f:1:7 host must not be empty beside others; alone, that is every address'],
    },
    {
      name: 'an address twice',
      text: "host: ['::1', '[::1]']",
      mistakes: ['f:1:7 host has an address twice'],
    },
    {
      name: 'TLS without a key, with a file that is not there, and verifying by nothing',
      text: 'server_tls: { cert: /no/cert, client_auth: verify }',
      mistakes: ['f:1:13 server_tls.key is missing', 'f:1:21 server_tls.cert the file does not exist'],
    },
    {
      name: 'a host with its port, and a registry with its path',
      text: 'host: localhost:80\ndefault_ns: ghcr.io/team',
      mistakes: [
        'f:1:7 host must be a host name or an address; the port is a setting of its own',
        'f:2:13 default_ns "ghcr.io/team" is no registry host: leave out the path, a host is all that is wanted',
      ],
    },
    {
      name: 'values with members that every object has',
      text: 'air_gapped: { toString: x }\nmin_free: { toString: x }\nregistries: [{ name: a.test, scheme: { toString: x } }]',
      mistakes: [
        'f:1:13 air_gapped must be true or false',
        'f:2:11 min_free must be a percentage such as 10%, or a size such as 20GiB',
        'f:3:38 registries[0].scheme must be https or http',
      ],
    },
    {
      name: 'aliases without bound',
      text: `a: &a [${'x,'.repeat(99)}]\nb: &b [${'*a,'.repeat(99)}]\nc: [${'*b,'.repeat(99)}]`,
      mistakes: ['f:1:1 the aliases in the file are too many'],
    },
  ];
  test.each(table)('$name', ({ text, mistakes }) => {
    expect(mistakesIn(text)).toEqual(mistakes);
  });

  test('sound entries are known although others are not', () => {
    const { settings, entries } = parseConfigFile('- name: a.test\n- name: b b\n- name: c.test', 'f');
    expect([settings, [...entries].map(([index, { registry }]) => [index, registry])]).toEqual([
      {},
      [
        [0, 'a.test'],
        [2, 'c.test'],
      ],
    ]);
  });

  test('a file that was named must be there', () => {
    const path = join(directory, 'none.yaml');
    expect(readConfigFile(path).mistakes).toEqual([
      { place: `config file ${path}`, message: 'the file does not exist', usage: false },
    ]);
  });
});

describe('a mistake never repeats a secret', () => {
  const auth = (lines: string): string => `- name: a.test\n  auth:\n    user: u\n    ${lines}\n`;
  test.each([
    { name: 'unquoted *', text: auth('password: *hunter2') },
    { name: 'unquoted !', text: auth('password: !hunter2 x') },
    { name: 'unquoted @', text: auth('password: @hunter2') },
    { name: 'unquoted %', text: auth('password: %hunter2') },
    { name: 'unquoted `', text: auth('password: `hunter2') },
    { name: 'a colon in it', text: auth('password: x: hunter2') },
    { name: 'a wrong escape', text: auth('password: "\\hunter2"') },
    { name: 'text after a quote', text: auth("password: 'x' hunter2") },
    { name: 'an open quote', text: auth('password: "hunter2') },
    { name: 'a misspelt key', text: auth('pasword: hunter2') },
    { name: 'no space after the colon', text: auth('password:hunter2') },
    { name: 'no space, in one line', text: '- name: a.test\n  auth: { user: u, password:hunter2 }' },
    { name: 'a list', text: auth('password: [hunter2]') },
    { name: 'no mapping', text: '- name: a.test\n  auth: u:hunter2' },
    { name: 'in the name', text: '- name: https://u:hunter2@a.test' },
    {
      name: 'in the wrong place',
      text: '- name: a.test\n  scheme: hunter2\n  revalidate: hunter2\n  complete: hunter2',
    },
  ])('$name', ({ text }) => {
    const mistakes = mistakesIn(text);
    expect(mistakes).not.toEqual([]);
    expect(mistakes.join('\n')).not.toContain('hunter2');
  });
});
