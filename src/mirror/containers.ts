// Points podman, skopeo, buildah and CRI-O here: a drop-in in registries.conf.d, with the registry in the path.
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

function containers(name: string, afterwards: MirrorClient['afterwards']): MirrorClient {
  return {
    name,
    directory: '/etc/containers',
    plan(settings, directory, files) {
      const all = settings.registries === 'all';
      const registries = settings.registries === 'all' ? publicRegistries : settings.registries;
      const path = `${directory}/registries.conf.d/90-ociregistry-mirror.conf`;
      const text = [banner(name), '', ...registries.map((registry) => entry(registry, settings))].join('\n');
      return {
        files: [{ path, text }, ...serverCertificates(settings, directory, files)],
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
    afterwards,
  };
}

/** They read it on each run. */
export const podman = containers('podman', () => undefined);
export const crio = containers('crio', () => 'have CRI-O read it: systemctl reload crio');

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
  const others = [
    `${directory}/registries.conf`,
    ...files.matching(`${directory}/registries.conf.d/*.conf`),
  ].filter((path) => path !== own);
  return others.flatMap((path) => {
    const { registry: entries } = parseToml(files.read(path) ?? '', path);
    const prefixes = (Array.isArray(entries) ? entries : []).flatMap((item) => {
      const prefix = isTable(item) ? (item['prefix'] ?? item['location']) : undefined;
      return typeof prefix === 'string' ? [prefix] : [];
    });
    const taken = prefixes.filter((prefix) => {
      const registry = prefix.split('/')[0] ?? '';
      return registries.includes(registry) && (prefix !== registry || path > own);
    });
    const replaced = prefixes.filter((prefix) => registries.includes(prefix) && path < own);
    return [
      ...taken.map(
        (prefix) => `${path} has an entry for ${prefix}, which counts before ours: it does not come here`,
      ),
      ...replaced.map((prefix) => `${path} has an entry for ${prefix}, which ours replaces`),
    ];
  });
}
