// What holds after every fault, whatever it was.
import { readdir, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { sha256 } from '../e2e/digest.ts';
import { serverCommand } from '../e2e/our-server.ts';
import type { FaultSite } from './fault-site.ts';
import { openFiles } from './open-files.ts';

/** @throws {Error} when the fault has left something behind */
export async function expectSound(site: FaultSite): Promise<void> {
  const { server, mock } = site;
  // The server recovers by itself.
  mock.behave();
  for (const image of site.images) {
    await expect.poll(() => site.pull(image), { message: `pulling ${image.name}` }).toEqual([]);
  }
  await expect.poll(() => completeness(site), { message: 'what `verify` finds missing' }).toEqual([]);
  await site.keep();
  expect(site.wrong, 'answers that ended cleanly and were wrong').toEqual([]);
  await expectStored(site);
  await expectNothingLeft(site);
  // Nothing that it waits for holds it back, and it says so.
  expect(await server.stop()).toEqual({ status: 0, signal: null });
  await expectStored(site);
}

/** Everything in place is what its name says, and nothing that was whole is gone. */
export async function expectStored(site: FaultSite): Promise<void> {
  const stored = await site.stored();
  const lost = site.kept.filter((name) => !stored.includes(name));
  expect(lost, 'what was whole and is lost').toEqual([]);
  const damaged: string[] = [];
  for (const name of stored) {
    const bytes = await readFile(join(site.server.imagePath, name));
    if (!isWhole(name, bytes)) damaged.push(`${name} of ${bytes.length} bytes`);
  }
  expect(damaged, 'what is in place and not whole').toEqual([]);
}

function isWhole(name: string, bytes: Buffer): boolean {
  const [folder, hex = ''] = name.split('/');
  if (folder === 'blobs') return sha256(bytes) === `sha256:${hex}`;
  try {
    const { manifest } = JSON.parse(bytes.toString()) as { manifest: string };
    return sha256(manifest) === `sha256:${hex}`;
  } catch {
    return false;
  }
}

/** The images that could not be served with the upstream gone. */
async function completeness({ server, place }: FaultSite): Promise<readonly unknown[]> {
  const [program, ...first] = serverCommand();
  const command = [...first, 'verify', '--all', '--deep', '--json', '--image-path', server.imagePath];
  const { stdout } = await place.run(program, command, { mayFail: true });
  const { images } = JSON.parse(stdout) as { images: readonly { complete: boolean }[] };
  return images.filter(({ complete }) => !complete);
}

/** What the dead have left is there for a while, to be resumed or because they may be alive: let it be over. */
async function expire(site: FaultSite, pulls: string): Promise<void> {
  const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  for (const name of await readdir(pulls)) await utimes(join(pulls, name), longAgo, longAgo);
  await site.restart();
}

async function expectNothingLeft(site: FaultSite): Promise<void> {
  const { server, mock } = site;
  const pulls = join(server.imagePath, 'pulls');
  if (site.crashed) await expire(site, pulls);
  await expect.poll(() => readdir(pulls), { message: 'partial files' }).toEqual([]);
  await site.disconnect();
  mock.connections.resetAll();
  const left = async () => {
    const { sockets, paths } = await openFiles(server.pid);
    const files = paths.filter((path) => path.startsWith(server.imagePath));
    return { files, sockets: Math.max(0, sockets - site.idleSockets) };
  };
  await expect.poll(left, { message: 'descriptors' }).toEqual({ files: [], sockets: 0 });
}
