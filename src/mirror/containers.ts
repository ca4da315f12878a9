// Points podman, skopeo, buildah and CRI-O here: a drop-in in registries.conf.d, with the registry in the path.
import type { TomlTable } from 'smol-toml';
import type { RegistryHost } from '../oci/registry-host.ts';
import { banner } from './client-plan.ts';
import type { MirrorClient, NodeFiles } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { serverCertificates } from './server-certificates.ts';
import { hostOf, isPlainHttp } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';
import { isTable, parseToml, tomlString } from './toml-text.ts';

/** Those that `--all` means for clients that must be told each one. */
const publicRegistries = [
  'docker.io',
  'gcr.io',
  'ghcr.io',
  'mcr.microsoft.com',
  'nvcr.io',
  'public.ecr.aws',
  'quay.io',
  'registry.access.redhat.com',
  'registry.gitlab.com',
  'registry.k8s.io',
  'registry.redhat.io',
  'xpkg.upbound.io',
] as readonly string[] as readonly RegistryHost[];

function containers(
  name: string,
  own: Pick<MirrorClient, 'afterwards' | 'pulls'> & { readonly daemon?: string },
): MirrorClient {
  return {
    name,
    directory: '/etc/containers',
    plan(settings, directory, files) {
      const all = settings.registries === 'all';
      const registries = settings.registries === 'all' ? publicRegistries : settings.registries;
      const path = `${directory}/registries.conf.d/90-ociregistry-mirror.conf`;
      const text = [banner(name), '', ...registries.map((registry) => entry(registry, settings))].join('\n');
      return {
        files: [{ path, text }, ...serverCertificates(settings, `${directory}/certs.d`, files)],
        notes: [
          ...(all
            ? [
                `no entry can stand for every registry; these have one: ${registries.join(', ')}; name others in --registries`,
              ]
            : []),
          ...rivals(registries, directory, path, files),
        ],
      };
    },
    led(server, directory, files) {
      const here = `${hostOf(server)}/`;
      return entriesOf(directory, files).flatMap(({ path, prefix, locations }) =>
        locations.some((location) => location.startsWith(here))
          ? [{ path, registry: prefix.split('/')[0] ?? '' }]
          : [],
      );
    },
    ...own,
  };
}

/** They read it on each run. */
export const podman = containers('podman', {
  afterwards: () => undefined,
  pulls: (image) => [
    ['podman', 'pull', '--quiet', image],
    ['skopeo', 'inspect', `docker://${image}`],
  ],
});
export const crio = containers('crio', {
  daemon: 'crio',
  afterwards: () => 'have CRI-O read it: systemctl reload crio',
  pulls: (image) => [['crictl', 'pull', image]],
});

/** A mirror is asked before the registry; a location, instead of it. The grammar of both forbids a colon in a path. */
function entry(registry: RegistryHost, { server, fallback }: MirrorSettings): string {
  if (registry.startsWith('[')) {
    throw new MirrorError(`${registry}: these clients cannot name an IPv6 address in a path; leave it out`);
  }
  const here = [
    `location = ${tomlString(`${hostOf(server)}/${registry.replace(':', '__')}`)}`,
    ...(isPlainHttp(server) ? ['insecure = true'] : []),
  ];
  const lines = ['[[registry]]', `prefix = ${tomlString(registry)}`];
  if (!fallback) return [...lines, ...here, ''].join('\n');
  return [...lines, `location = ${tomlString(registry)}`, '', '[[registry.mirror]]', ...here, ''].join('\n');
}

/** Of several files that have an entry for one prefix the last counts, and a longer prefix counts before a shorter one. */
function rivals(
  registries: readonly string[],
  directory: string,
  own: string,
  files: NodeFiles,
): readonly string[] {
  return entriesOf(directory, files).flatMap(({ path, prefix }) => {
    const registry = prefix.split('/')[0] ?? '';
    if (path === own || !registries.includes(registry)) return [];
    // registries.conf is read before its drop-ins, and sorts before them too.
    const before = prefix !== registry || path > own;
    return [
      before
        ? `${path} has an entry for ${prefix}, which counts before ours: it does not come here`
        : `${path} has an entry for ${prefix}, which ours replaces`,
    ];
  });
}

interface Entry {
  readonly path: string;
  readonly prefix: string;
  /** Its own and its mirrors'. */
  readonly locations: readonly string[];
}

function entriesOf(directory: string, files: NodeFiles): readonly Entry[] {
  const paths = [`${directory}/registries.conf`, ...files.matching(`${directory}/registries.conf.d/*.conf`)];
  return paths.flatMap((path) => {
    const { registry: entries } = parseToml(files.read(path) ?? '', path);
    return tables(entries).flatMap(({ prefix, location, mirror }) => {
      const name = prefix ?? location;
      const locations = [location, ...tables(mirror).map((entry) => entry['location'])];
      if (typeof name !== 'string') return [];
      return [{ path, prefix: name, locations: locations.filter((text) => typeof text === 'string') }];
    });
  });
}

function tables(value: unknown): readonly TomlTable[] {
  return Array.isArray(value) ? value.filter(isTable) : [];
}
