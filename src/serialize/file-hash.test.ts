import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../oci/digest.ts';
import type { DigestAlgorithm } from '../oci/digest.ts';
import { FileHash } from './file-hash.ts';
import { HashThread } from './hash-thread.ts';
import { randomBytesOf, rememberingLog, seededRandom } from './store-samples.ts';

const MIB = 1024 * 1024;
const seed = Math.floor(Math.random() * 2 ** 32);

describe(`the digest of a file, seed ${seed}`, () => {
  const random = seededRandom(seed);
  const log = rememberingLog();
  let directory: string;
  let thread: HashThread;
  let handles: FileHandle[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'ociregistry-hash-'));
    thread = new HashThread(log);
    handles = [];
  });
  afterEach(async () => {
    await thread.close();
    for (const handle of handles) await handle.close();
    await rm(directory, { recursive: true });
    expect(log.lines).toEqual([]);
  });

  async function newFile(): Promise<FileHandle> {
    const handle = await open(join(directory, randomUUID()), 'wx+');
    handles.push(handle);
    return handle;
  }

  async function grown(hash: FileHash, handle: FileHandle, bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + 1 + Math.floor(random() * 2 * MIB));
      await handle.write(bytes, at, end - at, at);
      hash.grown(end);
      at = end;
    }
  }

  const algorithms: DigestAlgorithm[] = ['sha256', 'sha512'];
  const sizes = [0, 1, MIB - 1, MIB, MIB + 1, 7 * MIB + 5];
  test.each(algorithms.flatMap((algorithm) => sizes.map((size) => ({ algorithm, size }))))(
    'of $size bytes that grow is right, $algorithm',
    async ({ algorithm, size }) => {
      const bytes = randomBytesOf(size, random);
      const handle = await newFile();
      const hash = new FileHash(handle, algorithm, thread);
      await grown(hash, handle, bytes);
      expect(await hash.hex(size)).toBe(digestHex(digestOf(bytes, algorithm)));
      expect(await hash.hex(size)).toBe(digestHex(digestOf(bytes, algorithm)));
      await hash.close();
    },
  );

  test('is right for many files that grow at once', async () => {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const bytes = randomBytesOf(Math.floor(random() * 4 * MIB), random);
        const handle = await newFile();
        const hash = new FileHash(handle, 'sha256', thread);
        await grown(hash, handle, bytes);
        expect(await hash.hex(bytes.length)).toBe(digestHex(digestOf(bytes)));
        await hash.close();
      }),
    );
  });

  test('does not cover what is behind the size', async () => {
    const bytes = randomBytesOf(3 * MIB, random);
    const handle = await newFile();
    const hash = new FileHash(handle, 'sha256', thread);
    await grown(hash, handle, bytes);
    await handle.write('a write that failed', bytes.length);
    expect(await hash.hex(bytes.length)).toBe(digestHex(digestOf(bytes)));
  });

  test.each([1000, 3 * MIB])('of a file that became shorter than %i bytes is none', async (size) => {
    const handle = await newFile();
    const hash = new FileHash(handle, 'sha256', thread);
    await handle.truncate(size - 1);
    hash.grown(size);
    await expect(hash.hex(size)).rejects.toThrow('the file ended at byte');
    await hash.close();
  });

  test.each(['before it grows', 'before it is asked for', 'while it is waited for'] as const)(
    'is right also where the thread is lost %s',
    async (when) => {
      const bytes = randomBytesOf(5 * MIB, random);
      const handle = await newFile();
      const hash = new FileHash(handle, 'sha256', thread);
      if (when === 'before it grows') await thread.close();
      await grown(hash, handle, bytes);
      if (when === 'before it is asked for') await thread.close();
      const hex = hash.hex(bytes.length);
      if (when === 'while it is waited for') await thread.close();
      expect(await hex).toBe(digestHex(digestOf(bytes)));
      await hash.close();
    },
  );

  test('goes on to be right after it was closed, without the thread', async () => {
    const bytes = randomBytesOf(3 * MIB, random);
    const handle = await newFile();
    const hash = new FileHash(handle, 'sha256', thread);
    await grown(hash, handle, bytes.subarray(0, 2 * MIB));
    await hash.close();
    await hash.close();
    await grown(hash, handle, bytes);
    expect(await hash.hex(bytes.length)).toBe(digestHex(digestOf(bytes)));
  });

  test('is not waited for when the file is given up', async () => {
    const handle = await newFile();
    const hash = new FileHash(handle, 'sha256', thread);
    await handle.truncate(2 ** 40); // hours of hashing
    hash.grown(2 ** 40);
    const asked = expect(hash.hex(2 ** 40)).rejects.toThrow('given up');
    await hash.close();
    await asked;
  });
});
