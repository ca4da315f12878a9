// The victim of the crash tests: a process that fills, commits and moves a tag until it is killed.
import process from 'node:process';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { openDiskStore } from './disk-store.ts';
import {
  holderOf,
  linkOf,
  randomBytesOf,
  referenceOf,
  rememberingLog,
  seededRandom,
} from './store-samples.ts';
import { boundAfter } from './tags.ts';

const [, , root = '', seedText = '', boundText = ''] = process.argv;
const random = seededRandom(Number(seedText));
const log = rememberingLog();
const clock = (): Date => new Date();
const name = (): string => Math.floor(random() * 2 ** 48).toString(36);
const store = await openDiskStore({ root, clock, random: name, log, lockStaleMs: 50 });

/** Says what is durable by now; the write to a pipe is done when this returns. */
function acknowledge(what: 'blob' | 'tag', digest: Digest): void {
  process.stdout.write(`${what} ${digest}\n`);
}

let bound = boundText === '' ? undefined : boundText;
let tagged: Digest | undefined;

for (let round = 0; ; round++) {
  // Now and then one that is large enough to be hashed in the thread.
  const longest = random() < 0.1 ? 3_000_000 : 200_000;
  const bytes = randomBytesOf(Math.floor(random() * longest), random);
  const digest = digestOf(bytes);
  const staged = await store.blobStage(digest);
  for (let at = staged.size; at < bytes.length; at += 20_000)
    await staged.write(bytes.subarray(at, at + 20_000));
  if (random() < 0.2) {
    await staged.suspend();
  } else {
    await (await staged.commit(linkOf(digest, 'r/crash'))).close();
    acknowledge('blob', digest);
  }

  // The tag moves: the new holder first, then the old one.
  bound = boundAfter(bound, clock());
  const binding = { bound };
  const holder = holderOf(JSON.stringify({ seedText, round }), {
    references: [referenceOf('crash', { latest: binding })],
  });
  await store.holderUpdate(holder.digest, 'img', () => holder);
  acknowledge('tag', holder.digest);
  if (tagged !== undefined) {
    await store.holderUpdate(
      tagged,
      'img',
      (held) => held && { ...held, references: [referenceOf('crash')] },
    );
  }
  tagged = holder.digest;
}
