// A soak: clients that pull for hours, as much as four fifths of what they can, through faults that come and go. Prints what
// memory and descriptors do; ends with 1 when an answer was wrong, or failed without a fault. `make soak HOURS=0.5`.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../src/oci/seeded-random.ts';
import type { MadeManifest } from '../../mock/index.ts';
import { FaultSite } from './fault-site.ts';
import { openFiles } from './open-files.ts';
import { residentMiB } from './process-limits.ts';

const hours = Number(process.env['HOURS'] ?? 0.5);
const end = performance.now() + hours * 3600_000;
const given = process.env['SEED'];
const random = seededRandom(given === undefined ? undefined : Number(given));
const finished: (() => Promise<void>)[] = [];
const site = await FaultSite.open(
  { onTestFailed: () => undefined, onTestFinished: (last) => void finished.push(last) },
  random,
  // As long as it runs, images come that push others out: that is a part of it.
  { args: ['--max-size', '200MB', '--prune-interval', '5s', '--log-level', 'error'] },
);

const CLIENTS = 8;
/** Of the pulls per second that were found possible. */
const LOAD = 0.8;
const REPORT_MS = Math.min(60_000, (hours * 3600_000) / 10);
const tally = { pulls: 0, failedUnderFault: 0, failed: 0, faults: 0 };
const images: MadeManifest[] = [];
/** Counts faults that begin or end: what overlaps with one may fail. */
let weather = 0;
let isFair = true;

/** What was pulled within ten minutes is never pruned: so many new ones that the cache comes to an end of growing. */
const ONE_IN = 40;

function someImage(): MadeManifest {
  const known = images[random.below(images.length + 1)];
  if (known !== undefined && random.below(ONE_IN) > 0) return known;
  const repository = `app-${random.below(60)}`;
  const image = site.mock.addImage(repository, 'v1', {
    layers: [random.below(2_000_000), random.below(50_000)],
  });
  const moved = images.findIndex((one) => one.repository === repository);
  if (moved >= 0) images.splice(moved, 1);
  images.push(image);
  return image;
}

/** From the beginning of a pull to that of the next, whoever pulls; none while it is measured what can be done. */
let pauseMs = 0;
let nextAt = 0;

/** When the next pull may begin. What faults have held up is not made up for. */
async function turn(): Promise<void> {
  const now = performance.now();
  const at = Math.max(now, nextAt);
  nextAt = at + pauseMs;
  if (at > now) await sleep(at - now);
}

async function pullOn(): Promise<void> {
  while (performance.now() < end) {
    await turn();
    const before = { weather, isFair };
    const image = someImage();
    const failures = await site.pull(image);
    tally.pulls += 1;
    // A tag that has moved while it was pulled leads elsewhere, which is no failure; its parts are all there.
    if (failures.length > 0)
      tally[before.isFair && before.weather === weather ? 'failed' : 'failedUnderFault'] += 1;
  }
}

/** Begins, and returns what ends it. */
type Spell = () => Promise<() => Promise<void>>;

const spells: readonly [Spell, ...Spell[]] = [
  async () => {
    await site.mock.stop();
    return () => site.mock.start();
  },
  spoiling((rule) => rule.resetAt(random.below(100_000))),
  spoiling((rule) => rule.truncateAt(random.below(100_000))),
  spoiling((rule) => rule.flipAt(-1)),
  spoiling((rule) => rule.status(503)),
  spoiling((rule) => rule.throttle(200_000)),
];

function spoiling(spoil: (rule: ReturnType<typeof site.mock.on>) => unknown): Spell {
  return () => {
    spoil(site.mock.on({ operation: 'blobGet' }).always());
    return Promise.resolve(() => {
      site.mock.behave();
      return Promise.resolve();
    });
  };
}

/** The first minute fills the cache, the second shows what can be pulled. */
async function findCapacity(): Promise<void> {
  await sleep(REPORT_MS);
  const before = tally.pulls;
  await sleep(REPORT_MS);
  const perSecond = ((tally.pulls - before) * 1000) / REPORT_MS;
  pauseMs = 1000 / (LOAD * perSecond);
  console.info(`${perSecond.toFixed()} pulls a second are possible: ${LOAD * 100} % of them from here on`);
}

async function breakThings(): Promise<void> {
  await findCapacity();
  while (performance.now() < end) {
    await sleep(5000 + random.below(5000));
    isFair = false;
    weather += 1;
    tally.faults += 1;
    const recover = await random.pick(spells)();
    await sleep(random.below(5000));
    await recover();
    // The breaker finds out by itself that the upstream is back, and what was begun under the fault comes to its end.
    await sleep(15_000);
    weather += 1;
    isFair = true;
  }
}

async function report(): Promise<void> {
  let cpuBefore = 0;
  while (performance.now() < end) {
    await sleep(REPORT_MS);
    const { sockets, paths } = await openFiles(site.server.pid);
    const files = paths.filter((path) => path.startsWith(site.server.imagePath)).length;
    const lag = await site.metric('nodejs_eventloop_lag_max_seconds');
    const heap = (await site.metric('nodejs_heap_size_used_bytes')) / 2 ** 20;
    const external = (await site.metric('nodejs_external_memory_bytes')) / 2 ** 20;
    const cpu = await site.metric('process_cpu_seconds_total');
    const cores = ((cpu - cpuBefore) * 1000) / REPORT_MS;
    cpuBefore = cpu;
    const left = Math.max(0, Math.round((end - performance.now()) / 1000));
    console.info(
      `${left} s left: ${await residentMiB(site.server.pid)} MiB (heap ${heap.toFixed()}, external ${external.toFixed()}), ${cores.toFixed(2)} cores, ${sockets} sockets, ${files} files, ${Math.round(lag * 1000)} ms of event loop at most, ${JSON.stringify(tally)}`,
    );
    // It would grow with the requests, and look like a leak of its own.
    site.mock.log.reset();
  }
}

try {
  console.info(`a soak of ${hours} h with seed ${random.seed}`);
  await Promise.all([...Array.from({ length: CLIENTS }, pullOn), breakThings(), report()]);
  const sound = site.wrong.length === 0 && tally.failed === 0 && site.server.running;
  console.info(sound ? 'sound' : `not sound: ${site.wrong.slice(0, 5).join('\n')}`, JSON.stringify(tally));
  const { status } = await site.server.stop();
  process.exitCode = sound && status === 0 ? 0 : 1;
} finally {
  for (const last of finished.toReversed()) await last();
}
