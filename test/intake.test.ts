// The intake: what is brought in a file is kept when it is wanted, and only then.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { defaultConfig } from '../src/config/config.ts';
import { silentLog } from '../src/log/log.ts';
import { digestOf } from '../src/oci/digest.ts';
import { parseRegistryHost } from '../src/oci/registry-host.ts';
import { parseRepositoryName } from '../src/oci/repository.ts';
import { openRegistry } from '../src/registry/registry.ts';
import type { Registry } from '../src/registry/registry.ts';
import { temporaryDirectory } from './front-door.ts';

const bytes = Buffer.alloc(300_000, 'blob');
const digest = digestOf(bytes);
const target = { registry: parseRegistryHost('quay.test'), repository: parseRepositoryName('app') };
const stream = (): AsyncIterable<Uint8Array> =>
  Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]);

async function withRegistries(work: (one: Registry, other: Registry, blobs: string) => Promise<void>) {
  await using directory = await temporaryDirectory();
  const open = () => openRegistry({ ...defaultConfig, imagePath: directory.path }, { log: silentLog });
  const [one, other] = [await open(), await open()];
  try {
    await work(one, other, join(directory.path, 'blobs'));
  } finally {
    await one.close();
    await other.close();
  }
}

test('a blob comes under the digest of its bytes, once, whoever names it', async () => {
  await withRegistries(async ({ intake }, other) => {
    expect(await intake.unnamedBlob(stream())).toEqual({ digest, size: bytes.length, stored: true });
    expect(await intake.unnamedBlob(stream())).toEqual({ digest, size: bytes.length, stored: false });
    expect(await other.intake.blob(digest, stream())).toBe(false);
    const read: Uint8Array[] = [];
    for await (const chunk of other.intake.blobBytes(digest)) read.push(chunk);
    expect(Buffer.concat(read)).toEqual(bytes);
  });
});

test('a blob whose bytes break off or are others leaves nothing', async () => {
  await withRegistries(async ({ intake }, _other, blobs) => {
    // eslint-disable-next-line @typescript-eslint/require-await -- a stream that breaks off
    const broken = async function* () {
      yield bytes.subarray(0, 1000);
      throw new Error('the archive ends here');
    };
    await expect(intake.blob(digest, broken())).rejects.toThrow('ends here');
    await expect(intake.unnamedBlob(broken())).rejects.toThrow('ends here');
    await expect(intake.blob(digestOf('other'), stream())).rejects.toThrow(`hash to ${digest}`);
    expect([await readdir(blobs), await readdir(join(blobs, '../pulls'))]).toEqual([[], []]);
  });
});

test('what is discarded goes, unless a repository has come to have it', async () => {
  await withRegistries(async (one, other) => {
    await one.intake.blob(digest, stream());
    await one.intake.discard(digest);
    expect(await one.intake.blobSize(digest)).toBeUndefined();
    await one.intake.blob(digest, stream());
    await other.intake.shareBlob([target], digest, false);
    await one.intake.discard(digest);
    expect(await one.intake.blobSize(digest)).toBe(bytes.length);
  });
});

test('nobody is linked to a blob that has gone', async () => {
  await withRegistries(async ({ intake, library }, _other, blobs) => {
    await intake.blob(digest, stream());
    await rm(join(blobs, digest.slice('sha256:'.length)));
    await expect(intake.shareBlob([target], digest, false)).rejects.toThrow('has been removed');
    expect(library.holds(target, digest)).toBe(false);
  });
});
