// Small blobs are read whole: what is damaged is found before it is served, and what is sound is served from memory.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestHex, digestOf } from '../src/oci/digest.ts';
import type { Digest } from '../src/oci/digest.ts';
import { errorCodes, errorMessage, openFrontDoor } from './front-door.ts';
import type { FrontDoor } from './front-door.ts';

describe('a small blob', () => {
  const blobFile = (door: FrontDoor, digest: Digest): string =>
    join(door.imagePath, 'blobs', digestHex(digest));

  /** A server that has it on its disk and has not read it yet. */
  async function cached(door: FrontDoor) {
    const blob = door.mock.addBlob('app', { size: 1000 });
    const path = `/v2/app/blobs/${blob.digest}`;
    await door.get(path);
    await expect.poll(() => readdir(join(door.imagePath, 'blobs'))).toHaveLength(1);
    await door.restart();
    return { blob, path };
  }

  test.each([
    ['flipped', (bytes: Buffer) => Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)])],
    ['cut short', (bytes: Buffer) => bytes.subarray(1)],
    ['longer', (bytes: Buffer) => Buffer.concat([bytes, bytes])],
    ['much longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(100_000)])],
  ])('that is %s on the disk is set aside and fetched again', async (_, spoil) => {
    await using door = await openFrontDoor();
    const { blob, path } = await cached(door);
    await writeFile(blobFile(door, blob.digest), spoil(blob.bytes()));
    const answers = await Promise.all(Array.from({ length: 5 }, () => door.get(path)));
    for (const answer of answers)
      expect([answer.status, answer.body.equals(blob.bytes())]).toEqual([200, true]);
    expect(door.mock.count({ operation: 'blobGet' })).toBe(2);
    expect(await readdir(join(door.imagePath, 'damaged'))).toHaveLength(1);
    await expect.poll(() => readdir(join(door.imagePath, 'blobs'))).toHaveLength(1);
    expect((await readFile(blobFile(door, blob.digest))).equals(blob.bytes())).toBe(true);
  });

  test('that is damaged is a 503 in an air gap, before and after a restart, as is one that is gone', async () => {
    await using door = await openFrontDoor({ config: { complete: false } });
    const { blob, path } = await cached(door);
    await writeFile(blobFile(door, blob.digest), 'other bytes');
    await door.restart({ airGapped: true });
    for (let restarts = 0; restarts < 2; restarts += 1) {
      const answer = await door.get(path);
      expect([answer.status, errorCodes(answer)]).toEqual([503, ['UNAVAILABLE']]);
      expect(errorMessage(answer)).toMatch(/has been here, and is damaged or gone/);
      expect((await door.head(path)).status).toBe(503);
      await door.restart({ airGapped: true });
    }
    expect(await readdir(join(door.imagePath, 'damaged'))).toHaveLength(1);
    const never = await door.get(`/v2/app/blobs/${digestOf('never fetched')}`);
    expect([never.status, errorCodes(never)]).toEqual([404, ['BLOB_UNKNOWN']]);
  });

  test('that was read is served from memory, also in part, and when its file is gone', async () => {
    await using door = await openFrontDoor();
    const { blob, path } = await cached(door);
    await door.get(path);
    await rm(blobFile(door, blob.digest));
    expect((await door.get(path)).body.equals(blob.bytes())).toBe(true);
    const part = await door.get(path, { range: 'bytes=10-19' });
    expect([part.status, part.body.equals(blob.bytes().subarray(10, 20))]).toEqual([206, true]);
    expect(door.mock.count({ operation: 'blobGet' })).toBe(1);
  });
});
