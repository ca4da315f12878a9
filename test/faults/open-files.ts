// What a process has open, as the kernel tells.
import { readdir, readlink } from 'node:fs/promises';

export interface OpenFiles {
  readonly sockets: number;
  readonly paths: readonly string[];
}

export async function openFiles(pid: number): Promise<OpenFiles> {
  const folder = `/proc/${pid}/fd`;
  const descriptors = await readdir(folder);
  // One that was closed meanwhile has no link any more.
  const links = await Promise.all(descriptors.map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
  return {
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    paths: links.filter((link) => link.startsWith('/')),
  };
}
