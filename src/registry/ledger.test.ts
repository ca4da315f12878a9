// The ledger: its file is shared with other processes, and a disk that takes nothing loses nothing.
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { silentLog } from '../log/log.ts';
import { openDiskStore } from '../serialize/disk-store.ts';
import type { Missed } from '../serialize/missed-file.ts';
import { Ledger } from './ledger.ts';

const clock = (): Date => new Date('2026-11-21T10:00:00Z');

async function place() {
  const root = await mkdtemp(join(tmpdir(), 'ociregistry-ledger-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const random = (): string => crypto.randomUUID();
  const store = await openDiskStore({ root, clock, random, log: silentLog });
  const open = async (): Promise<Ledger> => {
    const ledger = new Ledger(store, clock, silentLog);
    await ledger.read();
    return ledger;
  };
  const written = async (): Promise<readonly string[]> => {
    const { missed } = JSON.parse(await readFile(join(root, 'missed.json'), 'utf8')) as { missed: Missed[] };
    return missed.map(({ reference, count }) => `${reference} ${count}`);
  };
  return { root, open, written };
}

const manifest = (reference: string) => ({ kind: 'manifest', reference }) as const;

test('what two have noted of one thing adds up, and what one has had is gone', async () => {
  const { open, written } = await place();
  const [one, other] = [await open(), await open()];
  for (const reference of ['r/a:1', 'r/b:1', 'r/a:1']) one.note(manifest(reference));
  other.note(manifest('r/a:1'));
  await one.close();
  await other.close();
  expect(await written()).toEqual(['r/b:1 1', 'r/a:1 3']);
  one.settle('manifest', 'r/a:1');
  other.note(manifest('r/b:1'));
  await one.close();
  await other.close();
  expect(await written()).toEqual(['r/b:1 2']);
});

test('clearing it clears what is not written yet, and what others have written', async () => {
  const { open, written } = await place();
  const [one, other] = [await open(), await open()];
  other.note(manifest('r/a:1'));
  await other.close();
  one.note(manifest('r/b:1'));
  await one.clear();
  expect([await written(), await one.read(), await other.read()]).toEqual([[], [], []]);
  one.note(manifest('r/c:1'));
  await one.close();
  expect(await written()).toEqual(['r/c:1 1']);
});

test('what the disk did not take is written with the next change', async () => {
  const { root, open, written } = await place();
  const ledger = await open();
  const staging = join(root, 'pulls');
  await rename(staging, `${staging}.away`);
  ledger.note(manifest('r/a:1'));
  await ledger.close();
  await expect(written()).rejects.toThrow('ENOENT');
  expect(await ledger.read()).toMatchObject([{ reference: 'r/a:1', count: 1 }]);
  await rename(`${staging}.away`, staging);
  ledger.note(manifest('r/a:1'));
  await ledger.close();
  expect(await written()).toEqual(['r/a:1 2']);
});

test('what a rehearsal has noted stays when it is had', async () => {
  const { open, written } = await place();
  const ledger = await open();
  ledger.note({ ...manifest('r/a:1'), rehearsed: true });
  ledger.settle('manifest', 'r/a:1');
  expect(ledger.isRehearsed('manifest', 'r/a:1')).toBe(true);
  await ledger.close();
  expect(await written()).toEqual(['r/a:1 1']);
});
