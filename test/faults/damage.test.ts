// A directory that somebody or something has been at: what is damaged is found, set aside and fetched again, or said.
import { mkdir, open, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { MadeManifest } from '../../mock/index.ts';
import { serverCommand } from '../e2e/our-server.ts';
import type { FaultSite } from './fault-site.ts';
import { scenario } from './scenario.ts';

const MiB = 1024 * 1024;
const partsOf = ({ digest, blobs }: MadeManifest): readonly string[] => [
  `img/${digest.slice(7)}`,
  ...blobs.map((blob) => `blobs/${blob.digest.slice(7)}`),
];

/** Inverts one byte somewhere in a file. */
async function flip(path: string, { random }: FaultSite): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const position = random.below((await stat(path)).size);
    const byte = Buffer.alloc(1);
    await file.read(byte, 0, 1, position);
    await file.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, position);
  } finally {
    await file.close();
  }
}

const harms = [
  flip,
  (path: string) => rm(path),
  async (path: string, { random }: FaultSite) => truncate(path, random.below((await stat(path)).size)),
] as const;

/** Images that are whole on the disk, of which then half of the files are harmed. */
async function harmedImages(site: FaultSite): Promise<readonly MadeManifest[]> {
  const images = [0, 1, 2, 3].map((at) =>
    site.image(`app-${at}`, [1 + site.random.below(2 * MiB), 70_000, 500]),
  );
  for (const image of images) expect(await site.pull(image)).toEqual([]);
  const parts = images.flatMap(partsOf);
  await expect.poll(() => site.stored()).toEqual(expect.arrayContaining([...parts]));
  for (const part of parts) {
    if (site.random.below(2) === 0) await site.random.pick(harms)(join(site.server.imagePath, part), site);
  }
  return images;
}

async function verifyDeeply({ server, place }: FaultSite): Promise<void> {
  const [program, ...first] = serverCommand();
  const args = [...first, 'verify', '--all', '--deep', '--image-path', server.imagePath];
  await place.run(program, args, { mayFail: true });
}

scenario('files flipped, cut short and deleted by hand are fetched again', {}, async (site) => {
  await harmedImages(site);
  await verifyDeeply(site);
});

scenario('the same, with a restart in between', {}, async (site) => {
  await harmedImages(site);
  await site.restart();
  await verifyDeeply(site);
});

scenario(
  'the same in an air gap: a 5xx or, of tags that are lost, a 404, and never wrong bytes',
  {},
  async (site) => {
    const images = await harmedImages(site);
    await site.restart(['--air-gapped']);
    await verifyDeeply(site);
    for (const image of images) {
      for (const { digest } of image.blobs) {
        const { told } = await site.get(`${image.repository}/blobs/${digest}`);
        expect([200, 503]).toContain(told);
      }
      expect([200, 404]).toContain((await site.get(`${image.repository}/manifests/v1`)).told);
    }
    expect(site.wrong).toEqual([]);
    await site.restart();
  },
);

scenario(
  'foreign files, folders, links and half-written records are left alone or set aside',
  {},
  async (site) => {
    const image = site.image('app');
    expect(await site.pull(image)).toEqual([]);
    await expect.poll(() => site.stored()).toEqual(expect.arrayContaining([...partsOf(image)]));
    const { imagePath } = site.server;
    const secret = join(await site.place.directory('elsewhere'), 'secret');
    await writeFile(secret, 'not for clients');
    const hex = (digit: string): string => digit.repeat(64);
    for (const folder of ['blobs', 'fat', 'img', 'links']) {
      await writeFile(join(imagePath, folder, 'README'), 'not ours');
      await mkdir(join(imagePath, folder, hex('a')));
      await symlink(secret, join(imagePath, folder, hex('b')));
      if (folder !== 'blobs') await writeFile(join(imagePath, folder, hex('c')), '{"manifest":');
    }
    await site.restart();
    for (const digit of ['a', 'b', 'c']) {
      for (const kind of ['blobs', 'manifests']) {
        expect((await site.get(`app/${kind}/sha256:${hex(digit)}`)).told).toBe(404);
      }
    }
    expect(await site.pull(image)).toEqual([]);
    for (const folder of ['blobs', 'fat', 'img', 'links']) {
      for (const name of ['README', hex('a'), hex('b')]) {
        await rm(join(imagePath, folder, name), { recursive: true, force: true });
      }
    }
    expect((await readdir(join(imagePath, 'damaged'))).length).toBeGreaterThan(0);
  },
);

scenario('a directory of another version is refused, and says so', {}, async (site) => {
  await site.server.stop();
  const marker = join(site.server.imagePath, 'ociregistry-layout.json');
  await writeFile(marker, '{"version":99}');
  const [program, ...first] = serverCommand();
  const args = [
    ...first,
    'serve',
    '--port',
    '0',
    '--host',
    '127.0.0.1',
    '--image-path',
    site.server.imagePath,
  ];
  const { status, stderr } = await site.place.run(program, args, { mayFail: true, timeout: 20_000 });
  expect(status).not.toBe(0);
  expect(stderr).toMatch(/layout|version/);
  await rm(marker);
  await site.restart();
});
