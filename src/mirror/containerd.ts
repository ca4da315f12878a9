// Points containerd here: hosts.toml for every registry or for some, and the setting that has it read them.
import { basename, dirname } from 'node:path';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { MirrorClient, NodeFiles } from './client-plan.ts';
import { certsDirectory } from './containerd-config.ts';
import { hostsToml, serversOf } from './hosts-toml.ts';
import { isServer } from './server-address.ts';
import { serverCertificates, withCopies } from './server-certificates.ts';
import type { MirrorSettings } from './settings.ts';

export const containerd: MirrorClient = {
  name: 'containerd',
  directory: '/etc/containerd',
  plan(settings, directory, files) {
    const certs = certsDirectory(directory, files);
    const { registries, tls } = settings;
    const [copies, seen] =
      tls.copied === true
        ? [serverCertificates(settings, certs.path, files), withCopies(settings, certs.path)]
        : [[], settings];
    const names =
      registries === 'all' ? ['_default'] : registries.map((host) => hostDirectory(certs.path, host, files));
    const hosts = names.map((name) => {
      const path = `${certs.path}/${name}/hosts.toml`;
      return { path, text: hostsToml(files.read(path), path, seen) };
    });
    return {
      files: [...(certs.change === undefined ? [] : [certs.change]), ...copies, ...hosts],
      notes: [
        ...(certs.disabled ? ['containerd has its CRI plugin disabled: no kubelet can use it as it is'] : []),
        ...(registries === 'all' ? strays(certs.path, settings, files) : []),
        `ctr reads hosts.toml only where it is told to: ctr image pull --hosts-dir ${certs.path} …`,
      ],
    };
  },
  daemon: 'containerd',
  led(server, directory, files) {
    const found = files.matching(`${certsDirectory(directory, files).path}/*/hosts.toml`);
    return found.flatMap((path) => {
      if (!serversOf(files.read(path) ?? '', path).some((url) => isServer(url, server))) return [];
      const name = basename(dirname(path)).replace(/_(\d+)_$/, ':$1');
      return [{ path, registry: name === '_default' ? '*' : name }];
    });
  },
  pulls: (image, directory, files) => [
    ['crictl', 'pull', image],
    ['ctr', 'content', 'fetch', '--hosts-dir', certsDirectory(directory, files).path, image],
  ],
  afterwards: (path) =>
    path.endsWith('.toml') && !path.endsWith('/hosts.toml')
      ? `restart containerd: it reads ${path} when it starts`
      : undefined,
};

/** containerd looks for `host_port_` before `host:port`: a file of others must not be hidden. */
function hostDirectory(certs: string, host: RegistryHost, files: NodeFiles): string {
  const encoded = host.replace(/:(\d+)$/, '_$1_');
  const taken = [encoded, host].find((name) => files.read(`${certs}/${name}/hosts.toml`) !== undefined);
  return taken ?? encoded;
}

/** A registry that has a directory of its own does not come by `_default`, whatever is in it. */
function strays(certs: string, { server }: MirrorSettings, files: NodeFiles): readonly string[] {
  const names = new Set(files.matching(`${certs}/*/*`).map((path) => basename(dirname(path))));
  names.delete('_default');
  return [...names].flatMap((name) => {
    const path = `${certs}/${name}/hosts.toml`;
    if (serversOf(files.read(path) ?? '', path).some((url) => isServer(url, server))) return [];
    return [`${certs}/${name} keeps its registry to itself; name that in --registries to lead it here too`];
  });
}
