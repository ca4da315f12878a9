// A load through a running server, told as if it were our own.
import type { RequestBody } from '../../api/contract.ts';
import { formatImageName } from '../oci/image-name.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import type { LoadNumbers } from '../transfer/image-load.ts';
import type { LoadOutcome, LoadResult } from '../transfer/load.ts';
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
  { images, mistakes }: Sources,
  { report, signal, ...options }: ThroughOptions,
): Promise<LoadResult> {
  const running = new Map<string, LoadNumbers>();
  const outcomes: LoadOutcome[] = [];
  report.expected(images.length);
  for await (const event of client.events('loadRun', { body: request(images, options), signal })) {
    switch (event.event) {
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
        const { event: _, image: name, error, ...told } = event;
        const outcome = { name, ...told, ...(error !== undefined && { error }) };
        outcomes.push(outcome);
        report.ended(outcome);
      }
    }
  }
  report.summed(outcomes, mistakes);
  return { outcomes, mistakes };
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
