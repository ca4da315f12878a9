// A load through the admin API: how it goes, as events.
import type { EventOf, RequestBody } from '../../api/contract.ts';
import type { Config } from '../config/config.ts';
import { parseImageName } from '../oci/image-name.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { Library } from '../registry/library.ts';
import { loadImages } from '../transfer/load.ts';
import type { LoadOutcome, LoadWatcher, RunningLoad } from '../transfer/load.ts';
import { emitted } from './emitted.ts';

type LoadEvent = EventOf<'loadRun'>;

/** As often as a terminal is redrawn. */
const PROGRESS_MS = 200;

export interface LoadContext {
  readonly library: Library;
  readonly config: Pick<Config, 'concurrent'>;
  /** What is loaded where the request does not say; none is every platform. */
  readonly platforms: readonly Platform[];
  readonly signal: AbortSignal;
}

/**
 * Loads through the engine of the running server, so that clients join what comes, and what is pinned stays so.
 * @throws {OciError} when the request names what is no image, platform or registry
 */
export function loadEvents(
  request: RequestBody<'loadRun'>,
  { library, config, platforms, signal }: LoadContext,
): AsyncGenerator<LoadEvent> {
  const images = request.images.map(({ image, origin }) => ({ image: parseImageName(image), origin }));
  const options = {
    ...{ library, signal },
    platforms: request.platforms?.map(parsePlatform) ?? platforms,
    concurrent: request.concurrent ?? config.concurrent,
    referrers: request.referrers ?? true,
    pin: request.pin ?? true,
    as: new Map(request.as?.map(({ from, to }) => [parseRegistryHost(from), parseRegistryHost(to)] as const)),
  };
  return watchedLoad<LoadEvent>(signal, async (_, watcher) => {
    await loadImages(images, { ...options, watcher });
  });
}

/** The events of work that loads images, and may tell more than that. */
export function watchedLoad<Event>(
  signal: AbortSignal,
  work: (emit: (event: Event) => void, watcher: Pick<LoadWatcher, 'begun' | 'ended'>) => Promise<void>,
): AsyncGenerator<Event | LoadEvent> {
  const running = new Map<string, RunningLoad>();
  return emitted<Event | LoadEvent>(
    (emit) =>
      work(emit, {
        begun(load) {
          running.set(load.name, load);
          emit({ event: 'begun', image: load.name });
        },
        ended(outcome) {
          running.delete(outcome.name);
          emit(endedEvent(outcome));
        },
      }),
    { signal, tick: { everyMs: PROGRESS_MS, event: () => progressEvent(running.values()) } },
  );
}

function progressEvent(running: Iterable<RunningLoad>): LoadEvent | undefined {
  const images = Array.from(running, ({ name, numbers }) => ({ image: name, numbers }));
  return images.length === 0 ? undefined : { event: 'progress', images };
}

function endedEvent({ name, origin, digest, numbers, notes, error }: LoadOutcome): LoadEvent {
  return {
    event: 'ended',
    image: name,
    origin,
    ...(digest !== undefined && { digest }),
    numbers,
    notes,
    ...(error !== undefined && { error: messageOf(error) }),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
