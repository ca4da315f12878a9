// What each client's files become, from what others had written in them.
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { MirrorClient } from './client-plan.ts';
import { containerd } from './containerd.ts';
import { podman } from './containers.ts';
import { docker } from './docker.ts';
import { k3s } from './k3s.ts';
import { MirrorError } from './mistake.ts';
import { parseServerAddress } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';

const server = 'http://10.0.0.5:8080';
type Files = Readonly<Record<string, string>>;

function settings(
  changes: Partial<Omit<MirrorSettings, 'registries'>> & { registries?: string } = {},
): MirrorSettings {
  const { registries, ...others } = changes;
  return {
    server: parseServerAddress(server),
    registries: registries === undefined ? 'all' : registries.split(',').map(parseRegistryHost),
    fallback: true,
    tls: {},
    ...others,
  };
}

/** Plans in a directory `/d` with these files. */
function plan(client: MirrorClient, files: Files, wanted = settings()) {
  const glob = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  const { files: planned, notes } = client.plan(wanted, '/d', {
    read: (path) => files[path],
    matching: (pattern) => Object.keys(files).filter((path) => glob(pattern).test(path)),
  });
  return { files: Object.fromEntries(planned.map(({ path, text }) => [path, text])), notes };
}

const hosts = '/d/certs.d/_default/hosts.toml';
const own = `[host."${server}"]\n  capabilities = ["pull", "resolve"]\n  dial_timeout = "3s"\n`;
const byOurs = '# Written by `ociregistry mirror containerd`, whose --undo takes it away.\n';

describe('containerd: config_path', () => {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const images = "plugins.'io.containerd.cri.v1.images'";
  const table: readonly { name: string; before: Files; path?: string; after: string }[] = [
    {
      name: 'no file',
      before: {},
      after: `version = 2\n\n[${cri}.registry]\n  config_path = "/d/certs.d"\n`,
    },
    {
      name: '1.x, with a table of the registry',
      before: {
        '/d/config.toml': `version = 2\n[${cri}]\n  # a\n  [${cri}.registry] # b\n    x = 1\n[other]\n`,
      },
      after: `version = 2\n[${cri}]\n  # a\n  [${cri}.registry] # b\n    config_path = "/d/certs.d"\n    x = 1\n[other]\n`,
    },
    {
      name: '1.x, with an empty setting',
      before: { '/d/config.toml': `version = 2\n[${cri}.registry]\n\tconfig_path = ""\n` },
      after: `version = 2\n[${cri}.registry]\n\tconfig_path = "/d/certs.d"\n`,
    },
    {
      name: '2.x',
      before: { '/d/config.toml': `version = 3\n[${images}.registry]\n  config_path = ''\n` },
      after: `version = 3\n[${images}.registry]\n  config_path = "/d/certs.d"\n`,
    },
    {
      name: '2.x, without the table and without a line feed at the end',
      before: { '/d/config.toml': 'version = 3\nroot = "/r"' },
      after:
        'version = 3\nroot = "/r"\n\n[plugins."io.containerd.cri.v1.images".registry]\n  config_path = "/d/certs.d"\n',
    },
    {
      name: 'version 1',
      before: { '/d/config.toml': '# nothing\n' },
      after: '# nothing\n\n[plugins.cri.registry]\n  config_path = "/d/certs.d"\n',
    },
    {
      name: 'the import that has the plugin’s table',
      before: {
        '/d/config.toml': `version = 2\nimports = ["conf.d/*.toml"]\n[${cri}]\n`,
        '/d/conf.d/a.toml': `version = 2\n[${cri}]\n  sandbox_image = "p"\n`,
        '/d/conf.d/b.toml': 'version = 2\n[debug]\n',
      },
      path: '/d/conf.d/a.toml',
      after: `version = 2\n[${cri}]\n  sandbox_image = "p"\n\n[${cri}.registry]\n  config_path = "/d/certs.d"\n`,
    },
  ];
  test.each(table)('$name', ({ before, path = '/d/config.toml', after }) => {
    const { files } = plan(containerd, before);
    expect(files).toEqual({ [path]: after, [hosts]: `${byOurs}${own}` });
    // The second time, from what the first has made.
    expect(plan(containerd, { ...before, ...files }).files).toEqual({ [hosts]: `${byOurs}${own}` });
  });

  test('a directory that is configured is used', () => {
    const config = `version = 2\n[${cri}.registry]\nconfig_path = "/elsewhere:/etc/docker/certs.d"\n`;
    expect(Object.keys(plan(containerd, { '/d/config.toml': config }).files)).toEqual([
      '/elsewhere/_default/hosts.toml',
    ]);
  });

  test.each([
    {
      name: 'mirrors',
      toml: `[${cri}.registry.mirrors."docker.io"]\nendpoint = ["https://m.test"]`,
      says: 'registry.mirrors',
    },
    {
      name: 'tls',
      toml: `[${cri}.registry.configs."a.test".tls]\nca_file = "/x"`,
      says: 'registry.configs with tls',
    },
    { name: 'an inline table', toml: `[${cri}]\nregistry = { x = 1 }`, says: 'by hand' },
    { name: 'no TOML', toml: 'a = = 1', says: '/d/config.toml:2:5' },
  ])('refused, with what to do: $name', ({ toml, says }) => {
    const run = () => plan(containerd, { '/d/config.toml': `version = 2\n${toml}\n` });
    expect(run).toThrow(MirrorError);
    expect(run).toThrow(says);
  });

  test('a false header inside a text is not taken for one', () => {
    const text = `version = 2\nx = """\n[${cri}.registry]\n"""\n`;
    expect(() => plan(containerd, { '/d/config.toml': text })).toThrow('by hand');
  });
});

describe('containerd: hosts.toml', () => {
  const config = {
    '/d/config.toml':
      'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/d/certs.d"\n',
  };
  const wanted = (files: Files, changes = {}) => plan(containerd, { ...config, ...files }, settings(changes));

  test('without fallback, nobody else is asked, and TLS holds for both', () => {
    const tls = { ca: '/ca', client: { cert: '/c', key: '/k' } };
    const https = parseServerAddress('https://cache.test');
    const text = wanted({}, { server: https, fallback: false, tls }).files[hosts] ?? '';
    const entry = { dial_timeout: '3s', ca: '/ca', client: [['/c', '/k']] };
    expect(JSON.parse(JSON.stringify(parse(text)))).toEqual({
      server: 'https://cache.test',
      ...entry,
      host: { 'https://cache.test': { capabilities: ['pull', 'resolve'], ...entry } },
    });
  });

  const others =
    '# mine\nserver = "https://up.test"\n\n# first\n[host."https://m.test"]\n  capabilities = ["pull"]\n';
  test('servers of others stay, behind ours', () => {
    expect(wanted({ [hosts]: others }).files[hosts]).toBe(
      `# mine\nserver = "https://up.test"\n\n# first\n${own}\n[host."https://m.test"]\n  capabilities = ["pull"]\n`,
    );
    expect(wanted({ [hosts]: 'server = "https://up.test"\n' }).files[hosts]).toBe(
      `server = "https://up.test"\n\n${own}`,
    );
  });

  test('without fallback they are refused', () => {
    expect(() => wanted({ [hosts]: others }, { fallback: false })).toThrow('https://m.test, https://up.test');
  });

  test('one a registry, where containerd looks first', () => {
    const { files } = wanted(
      { '/d/certs.d/b.test:5000/hosts.toml': '' },
      { registries: 'docker.io,a.test:5000,b.test:5000' },
    );
    expect(Object.keys(files)).toEqual([
      '/d/certs.d/docker.io/hosts.toml',
      '/d/certs.d/a.test_5000_/hosts.toml',
      '/d/certs.d/b.test:5000/hosts.toml',
    ]);
  });

  test('what hides a registry from _default is said', () => {
    const { notes } = wanted({ '/d/certs.d/a.test/ca.crt': '', '/d/certs.d/b.test/hosts.toml': own });
    expect(notes.filter((note) => note.includes('keeps its registry'))).toEqual([
      '/d/certs.d/a.test keeps its registry to itself; name that in --registries to lead it here too',
    ]);
  });
});

describe('k3s', () => {
  const path = '/d/registries.yaml';
  test('others’ entries and comments stay', () => {
    const before =
      '# a\nmirrors:\n  "*":\n  docker.io:\n    endpoint:\n      - "https://m.test" # b\nconfigs: {}\n';
    const { files } = plan(k3s, { [path]: before }, settings({ registries: 'docker.io,quay.io' }));
    expect(files[path]).toBe(
      `# a\nmirrors:\n  "*":\n  docker.io:\n    endpoint:\n      - ${server}\n      - "https://m.test" # b\n  quay.io:\n    endpoint:\n      - ${server}\nconfigs: {}\n`,
    );
    expect(plan(k3s, files, settings({ registries: 'docker.io,quay.io' })).files).toEqual(files);
  });

  test('everything, without fallback, with TLS', () => {
    const https = parseServerAddress('https://cache.test');
    const { files } = plan(k3s, {}, settings({ server: https, fallback: false, tls: { ca: '/ca' } }));
    expect(parseYaml(files[path] ?? '')).toEqual({
      mirrors: { '*': { endpoint: ['https://cache.test'] } },
      configs: { 'cache.test': { tls: { ca_file: '/ca' } } },
    });
    expect(parseYaml(files['/d/config.yaml.d/90-ociregistry-mirror.yaml'] ?? '')).toEqual({
      'disable-default-registry-endpoint': true,
    });
  });

  test.each(['- a\n', 'mirrors: [a]\n', 'mirrors: { "*": { endpoint: x } }\n', 'a: [\n'])(
    'refused: %j',
    (text) => {
      expect(() => plan(k3s, { [path]: text })).toThrow(MirrorError);
    },
  );
});

describe('podman', () => {
  const path = '/d/registries.conf.d/90-ociregistry-mirror.conf';
  test.each([
    {
      fallback: true,
      registry: {
        prefix: 'a.test:5000',
        location: 'a.test:5000',
        mirror: [{ location: '10.0.0.5:8080/a.test__5000', insecure: true }],
      },
    },
    {
      fallback: false,
      registry: { prefix: 'a.test:5000', location: '10.0.0.5:8080/a.test__5000', insecure: true },
    },
  ])('fallback: $fallback', ({ fallback, registry }) => {
    const { files } = plan(podman, {}, settings({ fallback, registries: 'a.test:5000' }));
    expect(JSON.parse(JSON.stringify(parse(files[path] ?? '')))).toEqual({ registry: [registry] });
  });

  test('an entry of others for the same registry is said', () => {
    const entry = (prefix: string) => `[[registry]]\nprefix = "${prefix}"\n`;
    const { notes } = plan(
      podman,
      {
        '/d/registries.conf': entry('quay.io'),
        '/d/registries.conf.d/99.conf': entry('quay.io/team'),
        '/d/registries.conf.d/10.conf': entry('b.test'),
      },
      settings({ registries: 'quay.io' }),
    );
    expect(notes).toEqual([
      '/d/registries.conf has an entry for quay.io, which ours replaces',
      '/d/registries.conf.d/99.conf has an entry for quay.io/team, which counts before ours: it does not come here',
    ]);
  });

  test('certificates are copied to where they are looked for', () => {
    const https = parseServerAddress('https://cache.test:8443');
    const tls = { ca: '/ca', client: { cert: '/c', key: '/k' } };
    const { files } = plan(
      podman,
      { '/ca': 'CA', '/c': 'C', '/k': 'K' },
      settings({ server: https, tls, registries: 'quay.io' }),
    );
    expect(files).toMatchObject({
      '/d/certs.d/cache.test:8443/ca.crt': 'CA',
      '/d/certs.d/cache.test:8443/client.cert': 'C',
      '/d/certs.d/cache.test:8443/client.key': 'K',
    });
    expect(() => plan(podman, {}, settings({ server: https, tls }))).toThrow('/ca does not exist');
  });
});

describe('docker', () => {
  const path = '/d/daemon.json';
  test('others’ settings and indentation stay', () => {
    const { files } = plan(docker, {
      [path]: '{\n\t"log-driver": "x",\n\t"registry-mirrors": ["https://m.test"]\n}',
    });
    expect(files[path]).toBe(
      `{\n\t"log-driver": "x",\n\t"registry-mirrors": [\n\t\t"${server}",\n\t\t"https://m.test"\n\t],\n\t"insecure-registries": [\n\t\t"10.0.0.5:8080"\n\t]\n}\n`,
    );
    expect(plan(docker, files).files).toEqual(files);
  });

  test.each([
    { name: 'other registries', wanted: settings({ registries: 'docker.io,quay.io' }), says: 'not quay.io' },
    { name: 'no fallback', wanted: settings({ fallback: false }), says: 'leave out --fallback no' },
  ])('refused: $name', ({ wanted, says }) => {
    expect(() => plan(docker, {}, wanted)).toThrow(says);
  });

  test.each(['[]', '{"registry-mirrors": "x"}', '{'])('refused: %s', (text) => {
    expect(() => plan(docker, { [path]: text })).toThrow(MirrorError);
  });
});
