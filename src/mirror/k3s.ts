// Points k3s and RKE2 here: registries.yaml, and the setting that keeps a node from asking registries itself.
import { isDeepStrictEqual } from 'node:util';
import { isMap, isScalar, isSeq, parse, parseDocument, YAMLMap, YAMLSeq } from 'yaml';
import type { Document } from 'yaml';
import { banner } from './client-plan.ts';
import type { MirrorClient, PullCommand } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { hostOf } from './server-address.ts';
import type { MirrorSettings } from './settings.ts';

function distribution(name: string, directory: string, units: string, crictl: PullCommand): MirrorClient {
  return {
    name,
    directory,
    plan(settings, at, files) {
      const path = `${at}/registries.yaml`;
      const existing = files.read(path);
      const document = parsed(existing ?? '', path);
      const { registries, fallback } = settings;
      const wanted = registries === 'all' ? ['*'] : registries;
      for (const registry of wanted) lead(document, registry, settings.server, path);
      trust(document, settings, path);
      const alone = {
        path: `${at}/config.yaml.d/90-ociregistry-mirror.yaml`,
        text: `${banner(name)}\ndisable-default-registry-endpoint: true\n`,
      };
      return {
        files: [{ path, text: rendered(document, existing, name) }, ...(fallback ? [] : [alone])],
        notes: [
          ...(fallback || registries === 'all'
            ? []
            : [
                'without fallback no registry in registries.yaml is asked by the node itself, also those that others put there',
              ]),
          ...(registries === 'all' ? strays(document, settings.server) : []),
        ],
      };
    },
    daemon: name,
    led(server, at, files) {
      const path = `${at}/registries.yaml`;
      const entries = Object.entries(endpointsOf(parsed(files.read(path) ?? '', path)));
      return entries.flatMap(([registry, endpoints]) =>
        endpoints.includes(server) ? [{ path, registry }] : [],
      );
    },
    pulls: (image) => [[...crictl, 'pull', image]],
    afterwards: () => `have it read: systemctl restart ${units}`,
  };
}

export const k3s = distribution('k3s', '/etc/rancher/k3s', 'k3s (k3s-agent on agents)', ['k3s', 'crictl']);
export const rke2 = distribution('rke2', '/etc/rancher/rke2', 'rke2-server (rke2-agent on agents)', [
  '/var/lib/rancher/rke2/bin/crictl',
]);

function parsed(text: string, path: string): Document {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake !== undefined)
    throw new MirrorError(`${path}: ${mistake.message.split('\n')[0] ?? ''} Mend it first`);
  if (document.contents !== null && !isMap(document.contents)) {
    throw new MirrorError(`${path} is no map of mirrors and configs; mend it first`);
  }
  return document;
}

/** Endpoints are asked in their order, and then the registry itself. */
function lead(document: Document, registry: string, server: string, path: string): void {
  const entry = mapIn(mapIn(rootOf(document), 'mirrors', path), registry, path);
  if (!entry.has('endpoint')) entry.set('endpoint', new YAMLSeq());
  const endpoints = entry.get('endpoint');
  if (!isSeq(endpoints))
    throw new MirrorError(`${path}: the endpoint of ${registry} is no list; mend it first`);
  const others = endpoints.items.filter((item) => !isScalar(item) || item.value !== server);
  endpoints.items = [document.createNode(server), ...others];
}

function rootOf(document: Document): YAMLMap {
  if (!isMap(document.contents)) document.contents = new YAMLMap();
  return document.contents as YAMLMap;
}

/** A key without a value is a map of nothing. */
function mapIn(map: YAMLMap, key: string, path: string): YAMLMap {
  const old = map.get(key) ?? undefined;
  if (old === undefined) map.set(key, new YAMLMap());
  const value = map.get(key);
  if (!isMap(value)) throw new MirrorError(`${path}: ${key} is no map; mend it first`);
  return value;
}

function trust(document: Document, { server, tls }: MirrorSettings, path: string): void {
  const { ca, client } = tls;
  const settings = Object.entries({
    ...(ca !== undefined && { ca_file: ca }),
    ...(client !== undefined && { cert_file: client.cert, key_file: client.key }),
  });
  if (settings.length === 0) return;
  const entry = mapIn(mapIn(mapIn(rootOf(document), 'configs', path), hostOf(server), path), 'tls', path);
  for (const [key, value] of settings) entry.set(key, value);
}

/** What is all ours says so; what says it already stays as it is written. */
function rendered(document: Document, existing: string | undefined, name: string): string {
  const flush = /^( *)[^\s-].*:\n\1- /m.test(existing ?? '');
  const text = document.toString({ lineWidth: 0, indentSeq: !flush });
  if (existing === undefined) return `${banner(name)}\n${text}`;
  return isDeepStrictEqual(parse(existing), document.toJS()) ? existing : text;
}

/** A registry that has an entry of its own does not come by `*`. */
function strays(document: Document, server: string): readonly string[] {
  return Object.entries(endpointsOf(document)).flatMap(([registry, endpoints]) =>
    endpoints.includes(server)
      ? []
      : [
          `registries.yaml has an entry for ${registry}, which does not come here; name it in --registries to lead it here too`,
        ],
  );
}

/** By registry. */
function endpointsOf(document: Document): Readonly<Record<string, readonly unknown[]>> {
  const mirrors = document.get('mirrors');
  const pairs = isMap(mirrors) ? Object.entries(mirrors.toJSON() as Record<string, unknown>) : [];
  return Object.fromEntries(
    pairs.map(([registry, entry]) => {
      const { endpoint } = (entry ?? {}) as { readonly endpoint?: unknown };
      return [registry, Array.isArray(endpoint) ? endpoint : []];
    }),
  );
}
