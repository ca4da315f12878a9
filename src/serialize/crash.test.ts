// kill -9 at any moment: afterwards nothing is half-visible, and nothing is lost that was complete.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { Tag } from '../oci/reference.ts';
import { openDiskStore } from './disk-store.ts';
import type { Holder } from './holder.ts';
import { blobContent, collect, contentOf, rememberingLog, seededRandom } from './store-samples.ts';
import { resolveTags } from './tags.ts';

const writer = fileURLToPath(new URL('crash-writer.ts', import.meta.url));
const rounds = 8;

/** Runs the writer, kills it some time after its first word, and gives what it acknowledged. */
async function runAndKill(root: string, seed: number, bound: string, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, root, String(seed), bound], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  await sleep(afterMs);
  child.kill('SIGKILL');
  const [, signal] = (await closed) as [number | null, string | null];
  expect(signal, errors).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

test('survives being killed', { timeout: 120_000 }, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.log(`crash test: seed ${seed}`);
  const random = seededRandom(seed);
  const root = await mkdtemp(join(tmpdir(), 'ociregistry-crash-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const committed = new Set<Digest>();
  let bound = '';

  for (let round = 0; round < rounds; round++) {
    const lines = await runAndKill(root, seed + round, bound, random() * 150);
    const acknowledged = lines.map((line) => line.split(' ') as [string, string]);
    let tagged: string | undefined;
    for (const [what, digest] of acknowledged) {
      if (what === 'blob' && isDigest(digest)) committed.add(digest);
      if (what === 'tag') tagged = digest;
    }

    const log = rememberingLog();
    const name = (): string => `after${round}`;
    const store = await openDiskStore({ root, clock: () => new Date(), random: name, log, lockStaleMs: 50 });
    const entries = await collect(store.walk());
    expect(log.lines).toEqual([]); // nothing damaged, nothing foreign
    const found = new Set(entries.flatMap((entry) => (entry.kind === 'blob' ? [entry.digest] : [])));
    const linked = new Set(entries.flatMap((entry) => (entry.kind === 'link' ? [entry.record.digest] : [])));
    expect([...committed].filter((digest) => !found.has(digest))).toEqual([]);
    expect([...found].filter((digest) => !linked.has(digest))).toEqual([]);
    for (const digest of found) {
      const content = await blobContent(store, digest);
      expect(content && digestOf(content)).toBe(digest);
    }

    const holders = entries.flatMap((entry) => (entry.kind === 'holder' ? [entry.holder] : []));
    const latest = resolveTags(holders)
      .get('registry.example.test/crash')
      ?.get('latest' as Tag);
    const holder = holders.find(({ digest }) => digest === latest);
    const boundOf = (held: Holder | undefined): string => held?.references[0]?.tags['latest']?.bound ?? '';
    // The tag leads to the last acknowledged manifest, or to one whose move was not acknowledged any more.
    // A writer that was killed before its first tag has left none.
    if (tagged !== undefined || bound !== '') expect(holder).toBeDefined();
    if (tagged !== latest) {
      const last = holders.find(({ digest }) => digest === tagged);
      if (tagged !== undefined) expect(last).toBeDefined();
      expect(boundOf(holder) > boundOf(last)).toBe(true);
    }
    bound = boundOf(holder);

    for (const { digest, size } of await store.partials()) {
      const staged = await store.blobStage(digest);
      expect(staged.size).toBe(size);
      expect((await contentOf(staged)).length).toBe(size);
      await staged.discard();
    }
    // A lock that the dead writer held delays, and does not block.
    for (const { digest } of holders.slice(-3)) {
      await store.holderUpdate(digest, 'img', (held) => held && { ...held, anonymous: !held.anonymous });
    }
    await store.close();
  }
  expect((await readdir(join(root, 'pulls'))).filter((file) => file.endsWith('.part'))).toEqual([]);
});
