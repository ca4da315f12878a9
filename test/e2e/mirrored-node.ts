// A node whose files `mirror` writes, and the clients that read them.
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { serverCommand } from './our-server.ts';
import type { Place } from './place.ts';
import type { Finished } from './tool.ts';

/** Runs a verb of `mirror`. */
export async function mirror(place: Place, ...args: readonly string[]): Promise<string> {
  const [program, ...first] = serverCommand();
  const { stdout } = await place.run(program, [...first, 'mirror', ...args]);
  return stdout;
}

/** The same, which may fail. */
export function tryMirror(
  place: Place,
  env: Record<string, string>,
  ...args: readonly string[]
): Promise<Finished> {
  const [program, ...first] = serverCommand();
  return place.run(program, [...first, 'mirror', ...args], { mayFail: true, env });
}

/** Every file of a directory by its path, with its mode and owner: equal only when no byte differs. */
export async function snapshot(directory: string): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const name of (await readdir(directory, { recursive: true })).toSorted()) {
    const path = join(directory, name);
    const { mode, uid, gid } = await stat(path);
    const owner = `${mode.toString(8)} ${uid}:${gid}`;
    files[name] = (await stat(path)).isDirectory() ? owner : `${owner} ${await readFile(path, 'base64')}`;
  }
  return files;
}

export type ContainersTool = 'podman' | 'buildah' | 'skopeo';
export const containersTools: readonly ContainersTool[] = ['podman', 'buildah', 'skopeo'];

/**
 * A pull into fresh storage by the files in a home directory's `.config/containers`.
 * @param plain whether the registry itself may be asked in plain HTTP; the mirror needs no such permission
 */
export async function pullBy(
  place: Place,
  tool: ContainersTool,
  home: string,
  name: string,
  { plain = false } = {},
): Promise<Finished> {
  const storage = await place.directory(tool);
  const root = [
    '--root',
    join(storage, 'root'),
    '--runroot',
    join(storage, 'run'),
    '--storage-driver',
    'vfs',
  ];
  const podman = ['--tmpdir', join(storage, 'tmp'), '--cgroup-manager', 'cgroupfs'];
  const verify = plain ? ['--tls-verify=false'] : [];
  const pull = ['pull', '--quiet', ...verify, '--os', 'linux', '--arch', 'amd64', name];
  const copy = ['--override-os', 'linux', '--override-arch', 'amd64', 'copy', '--quiet'];
  const args = {
    podman: [...root, ...podman, ...pull],
    buildah: [...root, ...pull],
    skopeo: [
      ...copy,
      ...(plain ? ['--src-tls-verify=false'] : []),
      `docker://${name}`,
      `oci:${storage}/layout:pulled`,
    ],
  };
  return place.run(tool, args[tool], {
    mayFail: true,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
  });
}
