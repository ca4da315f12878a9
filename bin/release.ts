// Writes what a release consists of: the executable, a list of all that is inside it, and their checksums: `make release`.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { version } from '../src/config/version.ts';

interface Bom {
  serialNumber?: string;
  readonly metadata: { timestamp?: string; readonly component: { name: string } };
}

const root = fileURLToPath(new URL('..', import.meta.url));
const directory = fileURLToPath(new URL('../build/release/', import.meta.url));
const name = `ociregistry-${version}-${process.platform}-${process.arch}`;

await mkdir(directory, { recursive: true });
await copyFile(`${root}bin/server`, `${directory}${name}`);

// Of what is installed and not for development only: the runtime of this platform is among it.
const { stdout } = await promisify(execFile)('npm', ['sbom', '--omit=dev', '--sbom-format=cyclonedx'], {
  cwd: root,
  maxBuffer: 64 * 1024 * 1024,
});
const bom = JSON.parse(stdout) as Bom;
// npm takes the directory's name. Without the other two, the same content gives the same bytes.
bom.metadata.component.name = 'ociregistry';
delete bom.metadata.timestamp;
delete bom.serialNumber;
await writeFile(`${directory}${name}.cdx.json`, `${JSON.stringify(bom, undefined, 2)}\n`);

const sums = [name, `${name}.cdx.json`].map(async (file) => {
  const sum = createHash('sha256')
    .update(await readFile(`${directory}${file}`))
    .digest('hex');
  return `${sum}  ${file}\n`;
});
await writeFile(`${directory}SHA256SUMS`, await Promise.all(sums));
console.log(`build/release/${name}, its list of contents, and SHA256SUMS`);
