// Lays out the file system of the container image: the executable, the libraries it needs, and what those read:
// `bin/image-root.ts ARCH EXECUTABLE DIRECTORY`, for the Dockerfile, which takes `root` and `state` from there.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { unpackPackages } from './debian-packages.ts';

const run = promisify(execFile);
const [arch = '', executable = '', destination = ''] = process.argv.slice(2);
if (destination === '') throw new Error('usage: bin/image-root.ts ARCH EXECUTABLE DIRECTORY');
const image = resolve(destination, 'root');
const libraries = debianLibraries(arch);

/** Not root's, and the number that others use for the same, so that policies know it. */
const user = 65532;
const settings = {
  'etc/passwd': `ociregistry:x:${user}:${user}::/var/lib/ociregistry:/nonexistent\n`,
  'etc/group': `ociregistry:x:${user}:\n`,
  // Without it the C library asks DNS before /etc/hosts.
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/** What the executable is linked with, the certificates that upstreams are verified by, and Debian's own name. */
const packages = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1', 'ca-certificates', 'base-files'];
const debian = await unpackPackages(arch, packages, `${image}.packages`);

await rm(image, { recursive: true, force: true });
await copy(executable, 'bin/server', 0o755);
const linker = await dynamicLinker();
await copy(find(`${libraries}/${basename(linker)}`), linker, 0o755);
await copyLibraries(executable, new Set([basename(linker)]));
for (const [path, text] of Object.entries(settings)) await write(path, text);
await write('etc/ssl/certs/ca-certificates.crt', await certificates());
await copy(find('usr/lib/os-release'), 'etc/os-release');
// Licences ask for their text; what scanners look for is who is in here.
await copy(join(import.meta.dirname, '../LICENSE'), 'usr/share/doc/ociregistry/LICENSE');
for (const [name, control] of debian.control) {
  await write(`var/lib/dpkg/status.d/${name}`, control);
  await copy(find(`usr/share/doc/${name}/copyright`), `usr/share/doc/${name}/copyright`);
}
// The one place that is the server's own. Apart, because all else is root's.
await makeDirectory('../state/ociregistry');
await rm(`${image}.packages`, { recursive: true });
console.log(`${destination}: the file system of the image, linux/${arch}`);

/** Where Debian keeps the libraries for a processor. */
function debianLibraries(name: string): string {
  const triplets = new Map([
    ['amd64', 'x86_64-linux-gnu'],
    ['arm64', 'aarch64-linux-gnu'],
  ]);
  const triplet = triplets.get(name);
  if (triplet === undefined)
    throw new Error(`no image for ${name}: only for ${[...triplets.keys()].join(', ')}`);
  return `lib/${triplet}`;
}

/** The path of the dynamic linker, which the executable names. */
async function dynamicLinker(): Promise<string> {
  const { stdout } = await run('readelf', ['--program-headers', '--wide', executable]);
  const path = /interpreter: \/(.+)\]/.exec(stdout)?.[1];
  if (path === undefined) throw new Error(`${executable} names no dynamic linker`);
  return path;
}

/** Copies the libraries that a file needs, those that they need, and so on, to where any dynamic linker looks. */
async function copyLibraries(file: string, seen: Set<string>): Promise<void> {
  const { stdout } = await run('readelf', ['--dynamic', '--wide', file]);
  for (const [, library = ''] of stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)) {
    if (seen.has(library)) continue;
    seen.add(library);
    const found = find(`${libraries}/${library}`);
    await copy(found, `lib/${library}`);
    await copyLibraries(found, seen);
  }
}

/** Whether or not this Debian has moved all of /lib into /usr/lib. */
function find(path: string): string {
  const found = [path, `usr/${path}`].map((each) => join(debian.root, each)).find((each) => existsSync(each));
  if (found === undefined) throw new Error(`/${path} is in none of ${packages.join(', ')}`);
  return found;
}

/** All of Mozilla's in one file, as update-ca-certificates makes it. */
async function certificates(): Promise<string> {
  const directory = find('usr/share/ca-certificates/mozilla');
  const names = (await readdir(directory)).filter((name) => name.endsWith('.crt')).sort();
  return (await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')))).join('');
}

async function copy(from: string, path: string, mode = 0o644): Promise<void> {
  await write(path, await readFile(from), mode);
}

async function write(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await makeDirectory(dirname(path));
  await writeFile(join(image, path), content);
  await chmod(join(image, path), mode);
}

/** With modes that do not depend on who builds. */
async function makeDirectory(path: string): Promise<void> {
  await mkdir(join(image, path), { recursive: true });
  for (let each = path; ; each = dirname(each)) {
    await chmod(join(image, each), 0o755);
    if (each === '.' || each === '..') return;
  }
}
