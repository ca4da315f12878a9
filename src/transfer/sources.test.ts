import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { tar } from '../../test/archive-maker.ts';
import { formatImageName } from '../oci/image-name.ts';
import { readArchive } from './archive.ts';
import { imagesInText, isYaml, readSources } from './sources.ts';

const directory = mkdtempSync(join(tmpdir(), 'sources-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

async function* chunks(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(Buffer.from(text));
}

const noInput = (): AsyncIterable<Uint8Array> => chunks();

describe('whether a text is YAML', () => {
  test.each([
    ['a marker', '---\n', true],
    ['a comment, then a key', '# Source: x\napiVersion: v1\n', true],
    ['a key with a value below', 'items:\n- a\n', true],
    ['JSON', '{"kind":"List"}', true],
    ['a list', '- nginx\n- redis\n', true],
    ['a quoted key', '"kind": Pod', true],
    ['a reference', 'nginx', false],
    ['a reference with a tag', 'nginx:1.27\n', false],
    ['a reference with a port', 'registry.example.test:5000/app:v1', false],
    ['a digest', `nginx@sha256:${'0'.repeat(64)}`, false],
    ['a list that begins with a comment', '# ours: all\nnginx:1\n', false],
    ['nothing', '', false],
    ['only comments', '# a: b\n', false],
  ])('%s', (_, text, want) => {
    expect(isYaml(text)).toBe(want);
  });
});

describe('where an image was found', () => {
  test.each([
    ['a list', 'nginx:1\n', 'x', 'x'],
    [
      'YAML',
      'kind: Pod\napiVersion: v1\nspec: { containers: [{ image: nginx }] }',
      'x',
      'x, document 1, Pod, spec.containers[0].image',
    ],
  ])('%s', (_, text, origin, want) => {
    expect(imagesInText(text, origin).images.map((found) => found.origin)).toEqual([want]);
  });
});

describe('sources', () => {
  test('are read in order, each image once', async () => {
    file('a.txt', 'nginx:1\nredis:7\n');
    file('b.txt', 'redis:7\nbusybox:1\n');
    const { images, mistakes } = await readSources([join(directory, '?.txt'), '-'], () =>
      chunks('alp', 'ine:3\nnginx:1\n'),
    );
    expect(mistakes).toEqual([]);
    expect(images.map(({ image }) => formatImageName(image).replace('docker.io/library/', ''))).toEqual([
      'nginx:1',
      'redis:7',
      'busybox:1',
      'alpine:3',
    ]);
    expect(images.at(-1)?.origin).toBe('standard input');
  });

  test('a file whose name looks like a pattern is that file', async () => {
    const { images } = await readSources([file('list[1].txt', 'nginx:1')], noInput);
    expect(images).toHaveLength(1);
  });

  test.each([
    ['bzip2', 'use gzip, zstd or nothing', Buffer.from('BZh91AY&SY')],
    ['xz', 'use gzip, zstd or nothing', Buffer.from('\xfd7zXZ\0', 'latin1')],
    ['no text', 'this is no text in UTF-8', Buffer.from([0x6e, 0xff, 0xfe])],
  ])('%s is a mistake, and the others count', async (_, message, bytes) => {
    const bad = file('bad', bytes);
    const { images, mistakes } = await readSources([bad, file('good', 'nginx')], noInput);
    expect(mistakes).toEqual([{ origin: bad, message: expect.stringContaining(message) as string }]);
    expect(images).toHaveLength(1);
  });

  test.each([
    ['tar', Buffer.concat([Buffer.alloc(257), Buffer.from('ustar\0'), Buffer.alloc(700)])],
    ['gzip', gzipSync('nginx')],
    ['zstd', zstdCompressSync('nginx')],
  ])('%s is an archive, whatever its name, also on standard input and in small pieces', async (_, bytes) => {
    const list = file('list', 'nginx');
    const named = await readSources([file('x.txt', bytes), list], noInput);
    expect([named.archives.length, named.images.length, named.mistakes]).toEqual([1, 1, []]);
    expect(named.archives[0]).toMatchObject({ name: join(directory, 'x.txt'), size: bytes.length });
    const pieces = Array.from(bytes, (byte) => Buffer.from([byte]));
    const piped = await readSources(['-', list], () => Readable.from(pieces));
    expect([piped.archives.map(({ name }) => name), piped.images.length]).toEqual([['standard input'], 1]);
  });

  test('an archive in a named pipe is read from its first byte', async () => {
    const pipe = join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const written = writeFile(pipe, await tar([{ name: 'first', content: 'hello' }, { name: 'second' }]));
    const { archives } = await readSources([pipe], noInput);
    const names: string[] = [];
    for await (const { name } of readArchive(archives[0]?.bytes() ?? Readable.from([]), { name: pipe }))
      names.push(name);
    expect(names).toEqual(['first', 'second']);
    await written;
  });

  test('YAML without an image is a mistake only where nothing else names one', async () => {
    const service = file('service.yaml', 'kind: Service\napiVersion: v1\n');
    const pod = file('pod.yaml', 'kind: Pod\nspec: { containers: [{ image: nginx }] }\n');
    const both = await readSources([service, pod], noInput);
    expect([both.images.length, both.mistakes]).toEqual([1, []]);
    const alone = await readSources([service], noInput);
    expect(alone).toMatchObject({
      images: [],
      mistakes: [{ origin: service, message: 'no image is named in this YAML' }],
    });
  });

  test('a directory is a mistake that says what to do', async () => {
    const { mistakes } = await readSources([directory], noInput);
    expect(mistakes[0]?.message).toContain('name its files');
  });
});
