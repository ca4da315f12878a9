// containerd's config.toml: whether its CRI plugin reads a directory of hosts.toml files, and which one.
import { dirname, resolve } from 'node:path';
import type { TomlTable } from 'smol-toml';
import type { NodeFiles } from './client-plan.ts';
import { MirrorError } from './mistake.ts';
import { isTable, parseToml, setTomlString, tomlAt } from './toml-text.ts';

interface ConfigFile {
  readonly path: string;
  readonly text: string;
  readonly table: TomlTable;
}

export interface CertsDirectory {
  /** Where containerd looks for hosts.toml files. */
  readonly path: string;
  /** The configuration that says so, where it has to be changed for that. */
  readonly change?: { readonly path: string; readonly text: string };
  /** Whether the CRI plugin, which is what reads it, is switched off. */
  readonly disabled: boolean;
}

/**
 * Finds the directory that the configuration names, or names one.
 * @throws {MirrorError} when the configuration has mirrors in the form that excludes such a directory
 */
export function certsDirectory(directory: string, files: NodeFiles): CertsDirectory {
  const main = `${directory}/config.toml`;
  const loaded = configFiles(main, files);
  const wanted = `${directory}/certs.d`;
  // An import replaces a plugin's whole table, so that the last file that has one is the one that counts.
  const deciding = loaded.findLast(
    ({ table }) => tomlAt(table, registryTable(table).slice(0, -1)) !== undefined,
  );
  const { path, text, table } = deciding ??
    loaded[0] ?? { path: main, text: 'version = 2\n', table: { version: 2 } };
  const keys = registryTable(table);
  const registry = tomlAt(table, keys);
  const disabled = loaded.some(
    ({ table: { disabled_plugins: off } }) =>
      Array.isArray(off) && off.some((id) => id === 'cri' || id === keys[1]),
  );
  if (isTable(registry)) {
    const { config_path: configured } = registry;
    const [first] = typeof configured === 'string' ? configured.split(':') : [];
    if (first !== undefined && first !== '') return { path: first, disabled };
    refuseOldForm(registry, path, wanted);
  }
  return {
    path: wanted,
    change: { path, text: setTomlString(text, path, keys, 'config_path', wanted) },
    disabled,
  };
}

/** containerd does not start with both. */
function refuseOldForm(registry: TomlTable, path: string, wanted: string): void {
  const { mirrors, configs } = registry;
  const trusts = isTable(configs) && Object.values(configs).some((entry) => isTable(entry) && 'tls' in entry);
  const old =
    isTable(mirrors) && Object.keys(mirrors).length > 0 ? 'mirrors' : trusts ? 'configs with tls' : '';
  if (old === '') return;
  throw new MirrorError(
    `${path} has registry.${old}, which containerd does not take beside config_path; ` +
      `write each as ${wanted}/<registry>/hosts.toml, remove it from there, and run this again`,
  );
}

function registryTable({ version }: TomlTable): readonly string[] {
  if (typeof version !== 'number' || version < 2) return ['plugins', 'cri', 'registry'];
  const plugin = version === 2 ? 'io.containerd.grpc.v1.cri' : 'io.containerd.cri.v1.images';
  return ['plugins', plugin, 'registry'];
}

/** The file and those that it imports, in containerd's order: later ones win. */
function configFiles(main: string, files: NodeFiles): readonly ConfigFile[] {
  const loaded: ConfigFile[] = [];
  const pending = [main];
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    const text = files.read(path);
    if (text === undefined || loaded.some((file) => file.path === path)) continue;
    const table = parseToml(text, path);
    loaded.push({ path, text, table });
    const { imports } = table;
    const patterns = Array.isArray(imports) ? imports.filter((name) => typeof name === 'string') : [];
    const from = dirname(path);
    pending.push(...patterns.flatMap((pattern) => files.matching(resolve(from, pattern))));
  }
  return loaded;
}
