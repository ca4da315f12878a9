// Ranges of cached and of cold blobs.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFrontDoor } from './front-door.ts';

const rows: readonly (readonly [range: string, start: number, end: number])[] = [
  ['bytes=500-1499', 500, 1499],
  ['bytes=500-', 500, 2047],
  ['bytes=-500', 1548, 2047],
  ['bytes=2000-5000', 2000, 2047],
  ['bytes=0-0', 0, 0],
];

describe.each(['warm', 'cold'])('%s', (state) => {
  test.each(rows)('%s is exactly that slice', async (range, start, end) => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 2048 });
    const path = `/v2/app/blobs/${blob.digest}`;
    if (state === 'warm') await door.get(path);
    const answer = await door.get(path, { range });
    expect(answer.status).toBe(206);
    expect(answer.headers).toMatchObject({
      'content-range': `bytes ${start}-${end}/2048`,
      'content-length': String(end - start + 1),
      'accept-ranges': 'bytes',
      'docker-content-digest': blob.digest,
    });
    expect(answer.body.equals(blob.bytes().subarray(start, end + 1))).toBe(true);
  });

  test.each(['bytes=5000-10000', 'bytes=500-0'])('%s does not exist', async (range) => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 2048 });
    const path = `/v2/app/blobs/${blob.digest}`;
    if (state === 'warm') await door.get(path);
    const answer = await door.get(path, { range });
    expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */2048']);
  });

  test('several ranges are multipart/byteranges', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size: 2048 });
    const path = `/v2/app/blobs/${blob.digest}`;
    if (state === 'warm') await door.get(path);
    const answer = await door.get(path, { range: 'bytes=0-9,100-109,-5' });
    expect(answer.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=([0-9a-f]+)$/.exec(
      String(answer.headers['content-type']),
    )?.[1];
    const slices = [
      [0, 9],
      [100, 109],
      [2043, 2047],
    ] as const;
    const part = ([start, end]: readonly [number, number]) =>
      Buffer.concat([
        Buffer.from(
          `--${boundary ?? ''}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end}/2048\r\n\r\n`,
        ),
        blob.bytes().subarray(start, end + 1),
        Buffer.from('\r\n'),
      ]);
    const expected = Buffer.concat([...slices.map(part), Buffer.from(`--${boundary ?? ''}--\r\n`)]);
    expect(answer.body.toString('latin1')).toBe(expected.toString('latin1'));
    expect(answer.headers['content-length']).toBe(String(expected.length));
  });
});

describe('a cold blob under a running fill', () => {
  const size = 40 * 1024 * 1024;

  test('a far range comes straight from upstream by Range, and the fill goes on to the end', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size });
    const gate = door.mock.on({ operation: 'blobGet' }).once().holdAt(1_000_000);
    const path = `/v2/app/blobs/${blob.digest}`;
    const answer = await door.get(path, { range: `bytes=${size - 1000}-${size - 1}` });
    expect([answer.status, answer.body.equals(blob.bytes().subarray(size - 1000))]).toEqual([206, true]);
    expect(door.mock.requests.map(({ range }) => range)).toEqual([
      undefined,
      `bytes=${size - 1000}-${size - 1}`,
    ]);
    gate.release();
    await expect.poll(() => readdir(join(door.imagePath, 'blobs')), { timeout: 10_000 }).toHaveLength(1);
    await door.mock.stop();
    expect((await door.get(path)).body.length).toBe(size);
  });

  test('an upstream without ranges: the fill has to come that far', async () => {
    await using door = await openFrontDoor();
    const blob = door.mock.addBlob('app', { size });
    door.mock.on({ operation: 'blobGet' }).always().ignoreRange();
    const answer = await door.get(`/v2/app/blobs/${blob.digest}`, { range: `bytes=${size - 1000}-` });
    expect([answer.status, answer.body.equals(blob.bytes().subarray(size - 1000))]).toEqual([206, true]);
  });
});
