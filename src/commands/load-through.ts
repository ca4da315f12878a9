// A load through a running server, told as if it were our own.
import type { EventOf, Parameters, RequestBody } from '../../api/contract.ts';
import { formatImageName } from '../oci/image-name.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { eachArchive } from '../transfer/archive-load.ts';
import { watched } from '../transfer/archive-source.ts';
import type { ArchiveSource } from '../transfer/archive-source.ts';
import type { LoadNumbers } from '../transfer/image-load.ts';
import type { LoadOutcome, LoadResult } from '../transfer/load.ts';
import { ResolveRef } from '../transfer/resolve-ref.ts';
import type { Sources } from '../transfer/sources.ts';
import type { AdminClient } from './admin-client.ts';
import type { LoadFlags } from './load-options.ts';
import type { LoadReport } from './load-report.ts';

export interface ThroughOptions {
  readonly flags: LoadFlags;
  /** Where nobody has said which, the server knows. */
  readonly platforms?: readonly Platform[];
  readonly concurrent?: number;
  readonly report: LoadReport;
  readonly signal: AbortSignal;
}

/** Loads through the engine of the server, by its configuration, and sums up. */
export async function loadThrough(
  client: AdminClient,
  { images, archives, mistakes: earlier }: Sources,
  { report, signal, ...options }: ThroughOptions,
): Promise<LoadResult> {
  // Before anything is told, or read that can be read but once: whether there is a server.
  await client.json('versionGet', { signal });
  report.expected(images.length);
  const naming = new ResolveRef(options.flags.resolveRef);
  const archived = await eachArchive(archives, { naming, signal }, (source) =>
    archiveThrough(client, source, { ...options, report, signal, naming }),
  );
  const named = await told(client.events('loadRun', { body: request(images, options), signal }), report);
  const outcomes = [...archived.outcomes, ...named.outcomes];
  const mistakes = [...earlier, ...archived.mistakes];
  report.summed(outcomes, mistakes);
  return { outcomes, mistakes };
}

async function archiveThrough(
  client: AdminClient,
  source: ArchiveSource,
  { report, signal, naming, ...options }: ThroughOptions & { readonly naming: ResolveRef },
): Promise<LoadResult> {
  const reading = { name: source.name, total: source.size, done: 0 };
  const body = watched(source.bytes(), (bytes) => (reading.done += bytes));
  report.reading(reading);
  const query = archiveQuery(source, naming, options);
  const { outcomes, done } = await told(client.events('archiveLoad', { query, body, signal }), report, () =>
    report.hasRead(reading),
  );
  if (done === undefined) throw new Error(`the server did not say how ${source.name} ended`);
  naming.unnamed = done.unnamed;
  return { outcomes, mistakes: done.mistakes };
}

type ToldEvent = EventOf<'archiveLoad'>;

/** Follows the events of a load to their end. */
async function told(
  events: AsyncIterable<ToldEvent>,
  report: LoadReport,
  hasRead: () => void = () => undefined,
): Promise<{
  readonly outcomes: readonly LoadOutcome[];
  readonly done: Extract<ToldEvent, { event: 'done' }> | undefined;
}> {
  const running = new Map<string, LoadNumbers>();
  const outcomes: LoadOutcome[] = [];
  let done: Extract<ToldEvent, { event: 'done' }> | undefined;
  for await (const event of events) {
    switch (event.event) {
      case 'read':
        hasRead();
        break;
      case 'expected':
        report.expected(event.images);
        break;
      case 'begun': {
        const { image: name } = event;
        const numbers = nothingYet();
        running.set(name, numbers);
        report.begun({ name, numbers });
        break;
      }
      case 'progress':
        for (const { image, numbers } of event.images) Object.assign(running.get(image) ?? {}, numbers);
        break;
      case 'ended': {
        const { event: _, image: name, error, ...rest } = event;
        const outcome = { name, ...rest, ...(error !== undefined && { error }) };
        outcomes.push(outcome);
        report.ended(outcome);
        break;
      }
      case 'done':
        done = event;
    }
  }
  return { outcomes, done };
}

function archiveQuery(
  { name }: ArchiveSource,
  { given, unnamed }: ResolveRef,
  {
    flags: { referrers = true, pin = true, as = [] },
    platforms,
  }: Pick<ThroughOptions, 'flags' | 'platforms'>,
): Parameters<'archiveLoad'>['query'] {
  return {
    name,
    ...(platforms !== undefined && {
      platforms: platforms.length === 0 ? 'all' : platforms.map(formatPlatform).join(','),
    }),
    referrers: referrers ? 'yes' : 'no',
    pin: pin ? 'yes' : 'no',
    ...(as.length > 0 && { as: as.map(([from, to]) => `${from}=${to}`).join(',') }),
    ...(given !== undefined && { resolveRef: formatImageName(given) }),
    unnamed,
  };
}

function request(
  images: Sources['images'],
  { flags, platforms, concurrent }: Pick<ThroughOptions, 'flags' | 'platforms' | 'concurrent'>,
): RequestBody<'loadRun'> {
  const { referrers = true, pin = true, as = [] } = flags;
  return {
    images: images.map(({ image, origin }) => ({ image: formatImageName(image), origin })),
    ...(platforms !== undefined && { platforms: platforms.map(formatPlatform) }),
    ...(concurrent !== undefined && { concurrent }),
    ...{ referrers, pin },
    as: as.map(([from, to]) => ({ from, to })),
  };
}

function nothingYet(): LoadNumbers {
  const none = { total: 0, manifests: 0, blobs: 0, fetchedManifests: 0, fetchedBlobs: 0, referrers: 0 };
  return { ...none, done: 0, fetched: 0 };
}
