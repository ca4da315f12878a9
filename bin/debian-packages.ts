// Debian's packages for a processor that need not be this machine's, unpacked without being installed.
import { execFile } from 'node:child_process';
import { lstat, mkdir, readdir, readlink, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Unpacked {
  /** where all of their files are */
  readonly root: string;
  /** each one's entry in dpkg's list, by its name */
  readonly control: ReadonlyMap<string, string>;
}

/**
 * Fetches packages, and those that have their licences, into an empty directory. They come from the sources that this
 * machine's apt has, and apt verifies them; its own state stays as it is.
 * @throws {Error} with what apt said
 */
export async function unpackPackages(
  arch: string,
  names: readonly string[],
  directory: string,
): Promise<Unpacked> {
  await rm(directory, { recursive: true, force: true });
  const lists = join(directory, 'lists');
  const cache = join(directory, 'cache');
  const root = join(directory, 'root');
  for (const path of [join(lists, 'partial'), join(cache, 'archives/partial'), root]) {
    await mkdir(path, { recursive: true });
  }
  const settings = {
    'APT::Architecture': arch,
    'APT::Architectures': arch,
    'Dir::State::Lists': lists,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': cache,
    'Acquire::Languages': 'none',
    // The user that apt would become may not write here.
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await run('apt-get', [...options, '-qq', 'update'], { cwd: directory });
  const control = new Map<string, string>();
  const unpack = async (wanted: readonly string[]): Promise<void> => {
    await run('apt-get', [...options, '-qq', 'download', ...wanted], { cwd: directory });
    for (const archive of await readdir(directory)) {
      if (!archive.endsWith('.deb')) continue;
      await run('dpkg-deb', ['--extract', archive, root], { cwd: directory });
      const { stdout } = await run('dpkg-deb', ['--field', archive], { cwd: directory });
      control.set(archive.slice(0, archive.indexOf('_')), stdout);
    }
  };
  await unpack(names);
  const shared = await Promise.all(names.map((name) => licencePackage(join(root, 'usr/share/doc', name))));
  await unpack(shared.filter((name) => name !== undefined));
  return { root, control };
}

/** What is built from one source has its documents once; the directory of the others is a link to it. */
async function licencePackage(documents: string): Promise<string | undefined> {
  const link = await lstat(documents);
  return link.isSymbolicLink() ? basename(await readlink(documents)) : undefined;
}
