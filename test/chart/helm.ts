// helm, where there is one: that of `make chart-check`, or the machine's.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const chart = fileURLToPath(new URL('../../charts/ociregistry/', import.meta.url));
/** Values of several kinds of clusters. */
export const cases = readdirSync(join(chart, 'ci')).map((name) => join(chart, 'ci', name));

const built = fileURLToPath(new URL('../../build/chart/bin/helm', import.meta.url));
const helm = existsSync(built) ? built : 'helm';
export const hasHelm = spawnSync(helm, ['version']).status === 0;

interface Container {
  readonly args: readonly string[];
}

interface Webhook {
  readonly failurePolicy: string;
  readonly clientConfig: { service: { name: string; namespace: string; port: number }; caBundle: string };
  readonly namespaceSelector: {
    matchExpressions: readonly { operator: string; values: readonly string[] }[];
  };
}

/** An object of the cluster: which of this it has depends on its kind, which the test knows. */
export interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data: Readonly<Record<string, string>>;
  readonly webhooks: readonly Webhook[];
  readonly spec: {
    readonly strategy: { readonly type: string };
    readonly ports: readonly { readonly port: number }[];
    readonly template: {
      readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
      readonly spec: {
        readonly initContainers: readonly Container[];
        readonly containers: readonly Container[];
      };
    };
  };
}

export interface Rendered {
  readonly status: number | null;
  readonly stderr: string;
  /** @throws {Error} when there is not exactly one */
  one(kind: string, name?: string): Manifest;
}

/** What a release `images` in the namespace `images` would be. */
export function render(...args: readonly string[]): Rendered {
  const release = ['template', 'images', chart, '--namespace', 'images', '--kube-version', '1.34.0'];
  const { status, stdout, stderr } = spawnSync(helm, [...release, ...args], { encoding: 'utf8' });
  return {
    status,
    stderr,
    one(kind, name) {
      const found = parseAllDocuments(stdout)
        .map((document) => document.toJS() as Manifest | null)
        .filter((manifest) => manifest !== null)
        .filter(({ kind: its, metadata }) => its === kind && (name === undefined || metadata.name === name));
      const [only] = found;
      if (only === undefined || found.length > 1) throw new Error(`${found.length} of ${kind}: ${stderr}`);
      return only;
    },
  };
}

/** The same, with values as `--set` takes them. */
export function renderWith(settings: readonly string[], ...args: readonly string[]): Rendered {
  return render(...args, ...settings.flatMap((setting) => ['--set', setting]));
}
