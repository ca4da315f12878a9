import { createReadStream, readdirSync } from 'node:fs';
import { mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { rawHeader, tar } from '../../test/archive-maker.ts';
import { readArchive, readBounded } from './archive.ts';
import type { ArchiveEntry } from './archive.ts';

const parts = [
  { name: './first', content: 'hello' },
  { name: 'folder/second', content: Buffer.alloc(200_000, 7) },
  { name: `${'long/'.repeat(60)}third`, content: 'x' },
];
const whole = await tar(parts);
const names = ['first', 'folder/second', `${'long/'.repeat(60)}third`];

async function* chunked(bytes: Buffer, size: number, onEnd?: () => void): AsyncGenerator<Buffer> {
  try {
    for (let at = 0; at < bytes.length; at += size)
      yield await Promise.resolve(bytes.subarray(at, at + size));
  } finally {
    onEnd?.();
  }
}

async function read(bytes: Buffer, work?: (entry: ArchiveEntry) => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  for await (const entry of readArchive(chunked(bytes, 1000), { name: 'x.tar' })) {
    await work?.(entry);
    seen.push(entry.name);
  }
  return seen;
}

async function collected(entries: AsyncIterable<ArchiveEntry>): Promise<readonly ArchiveEntry[]> {
  const found: ArchiveEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

const all = (entry: ArchiveEntry): Promise<Buffer> => readBounded(entry, 1_000_000, 'x.tar');

async function some({ bytes }: ArchiveEntry): Promise<void> {
  for await (const _chunk of bytes) return;
}

describe('entries', () => {
  test.each([
    ['uncompressed', whole],
    ['by gzip', gzipSync(whole)],
    [
      'by gzip in two members',
      Buffer.concat([gzipSync(whole.subarray(0, 5000)), gzipSync(whole.subarray(5000))]),
    ],
    ['by zstd', zstdCompressSync(whole)],
    [
      'by zstd behind a frame to skip',
      Buffer.concat([Buffer.from('502a4d180100000000', 'hex'), zstdCompressSync(whole)]),
    ],
  ])('are read whole, in part or not at all: %s', async (_, bytes) => {
    const content: Buffer[] = [];
    expect(await read(bytes, async (entry) => content.push(await all(entry)))).toEqual(names);
    expect(content.map((read) => read.length)).toEqual([5, 200_000, 1]);
    expect(await read(bytes, some)).toEqual(names);
    expect(await read(bytes)).toEqual(names);
  });

  test('are not read past the one that was wanted, and the source is ended', async () => {
    let ended = 0;
    for await (const { name } of readArchive(
      chunked(whole, 1000, () => (ended += 1)),
      { name: 'x' },
    )) {
      expect(name).toBe('first');
      break;
    }
    expect(ended).toBe(1);
  });

  test('leave no file open, however the reading ends', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'archive-'));
    try {
      const path = join(directory, 'x.tar');
      await writeFile(path, whole.subarray(0, 100_000));
      const entries = readArchive(createReadStream(path), { name: path });
      await expect(collected(entries)).rejects.toThrow('cut off');
      for await (const _entry of readArchive(createReadStream(path), { name: path })) break;
      const open = async (): Promise<readonly string[]> => {
        const links = readdirSync('/proc/self/fd').map((fd) =>
          readlink(`/proc/self/fd/${fd}`).catch(() => ''),
        );
        return (await Promise.all(links)).filter((link) => link === path);
      };
      await expect.poll(open).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('larger than they may be are not read into memory', async () => {
    const entry = /more than the 100 that are taken \(entry "folder\/second", byte 1536\)/;
    const reading = read(whole, (found) => readBounded(found, 100, 'x.tar'));
    await expect(reading).rejects.toThrow(entry);
  });

  test('are not taken without end', async () => {
    const many = readArchive(chunked(whole, 1000), { name: 'x', maxEntries: 2 });
    await expect(collected(many)).rejects.toThrow('more than 2 entries');
  });

  test('that are links name other entries, never paths', async () => {
    const links = await tar([
      { name: 'a/layer.tar', type: 'symlink', linkname: '../b/layer.tar' },
      { name: 'c', type: 'link', linkname: './b/layer.tar' },
    ]);
    const found = await collected(readArchive(chunked(links, 1000), { name: 'x' }));
    expect(found.map(({ type, linked }) => [type, linked])).toEqual([
      ['link', 'b/layer.tar'],
      ['link', 'b/layer.tar'],
    ]);
  });
});

const zip = gzipSync(whole);
const zst = zstdCompressSync(whole);
const cut = 'it ends too early: it was cut off';
const base256 = (sign: number): Buffer => Buffer.from([sign, ...Array<number>(10).fill(0x7f), 1]);

describe('what is refused', () => {
  test.each([
    ['nothing at all', Buffer.alloc(0), cut],
    ['cut off within a header', whole.subarray(0, 1124), cut],
    ['cut off within an entry', whole.subarray(0, 100_000), `${cut} (entry "folder/second", byte 1536)`],
    ['cut off between entries', whole.subarray(0, 1024), `${cut} (entry "./first", byte 1024)`],
    ['gzip that is cut off', zip.subarray(0, -5), cut],
    ['gzip that is cut off early', zip.subarray(0, 12), cut],
    ['zstd that is cut off', zst.subarray(0, -5), cut],
    ['gzip of what is cut off', gzipSync(whole.subarray(0, 100_000)), cut],
    [
      'gzip that is damaged',
      Buffer.concat([zip.subarray(0, 60), Buffer.alloc(60), zip.subarray(120)]),
      'it is damaged',
    ],
    ['garbage before it', Buffer.concat([Buffer.alloc(512, 65), whole]), 'it is damaged'],
    ['garbage behind it', Buffer.concat([whole, Buffer.alloc(700, 65)]), 'it is damaged'],
    ['garbage behind gzip', Buffer.concat([zip, Buffer.from('garbage')]), 'it is damaged'],
    [
      'garbage behind zstd',
      Buffer.concat([zst, Buffer.from('garbage')]),
      'something follows its compressed data',
    ],
    ['a wrong checksum', tar([{ name: 'x', raw: rawHeader({ checksum: '000001\0 ' }) }]), 'it is damaged'],
    ['a negative size', tar([{ name: 'x', raw: rawHeader({ size: base256(0xff) }) }]), 'it is damaged'],
    [
      'a size beyond all measure',
      tar([{ name: 'x', raw: rawHeader({ size: base256(0x80) }) }]),
      'larger than can be',
    ],
    [
      'a PAX size that lies',
      tar([{ name: 'x', content: 'abc', pax: { size: '99999' } }, ...parts]),
      'it is damaged',
    ],
    ['a PAX size that is none', tar([{ name: 'x', content: 'abc', pax: { size: '-5' } }]), 'it is damaged'],
    [
      'a PAX header without end',
      tar([{ name: 'x', raw: rawHeader({ type: 'x', size: '00100000000\0' }) }]),
      'it is damaged',
    ],
    [
      'a name that leads out',
      tar([{ name: '../x', content: 'x' }]),
      'leads out of the archive (entry "../x"',
    ],
    ['a name that leads out in the middle', tar([{ name: 'a/../../x' }]), 'leads out of the archive'],
    ['an absolute name', tar([{ name: '/etc/x', content: 'x' }]), 'leads out of the archive'],
    ['a PAX name with a NUL', tar([{ name: 'x', pax: { path: 'a\0b' } }]), 'leads out of the archive'],
    ['a PAX name of a megabyte', tar([{ name: 'x', pax: { path: 'a'.repeat(1_000_000) } }]), 'leads out of'],
    [
      'a symbolic link that leads out',
      tar([{ name: 'a', type: 'symlink', linkname: '../etc/passwd' }]),
      'a link leads out',
    ],
    [
      'an absolute symbolic link',
      tar([{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }]),
      'a link leads out',
    ],
    [
      'a hard link that leads out',
      tar([{ name: 'a', type: 'link', linkname: '../../x' }]),
      'a link leads out',
    ],
    ['a device', tar([{ name: 'x', type: 'character-device' }]), 'neither file nor directory nor link'],
    ['a pipe', tar([{ name: 'x', type: 'fifo' }]), 'neither file nor directory nor link'],
    [
      'a sparse file',
      tar([{ name: 'x', raw: rawHeader({ type: 'S' }) }]),
      'neither file nor directory nor link',
    ],
    [
      'a directory with content',
      tar([{ name: 'x', raw: rawHeader({ type: '5', size: '00000001000\0' }) }]),
      'no file has content',
    ],
  ])('%s', async (_, making: Buffer | Promise<Buffer>, message) => {
    const reading = read(await making, all);
    await expect(reading).rejects.toThrow(message);
    await expect(reading).rejects.toMatchObject({ name: 'ArchiveError', archive: 'x.tar' });
  });
});
