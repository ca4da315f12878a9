// `load`: brings images into the cache and ends; through the server that runs on the directory, or without one.
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load.ts';
import type { Log } from '../log/log.ts';
import type { Library } from '../registry/library.ts';
import { loadImages } from '../transfer/load.ts';
import type { LoadOutcome } from '../transfer/load.ts';
import { readSources } from '../transfer/sources.ts';
import type { Sources } from '../transfer/sources.ts';
import { CommandFailure } from './command-failure.ts';
import type { AdminClient } from './admin-client.ts';
import { withEngine } from './engine.ts';
import { namesPlatforms, ownPlatform, wantedPlatforms } from './load-options.ts';
import type { LoadFlags } from './load-options.ts';
import { createReport, failureLines } from './load-report.ts';
import type { LoadReport } from './load-report.ts';
import { loadThrough } from './load-through.ts';
import { stderrLog } from './stderr-log.ts';
import { stopSignal } from './stop-signal.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags, WorkPlace } from './work-place.ts';

/**
 * Loads what the files name, and says how it went.
 * @throws {ConfigError}
 * @throws {CommandFailure} when not all of it came: what, and why
 */
export async function load(
  sources: ConfigSources,
  files: readonly string[],
  flags: LoadFlags & ServerFlags,
): Promise<void> {
  const place = workPlace(sources, flags);
  const interrupt = new AbortController();
  const stopped = stopSignal();
  const interrupted = stopped.then(({ status }) => {
    interrupt.abort();
    return new CommandFailure(['interrupted; run it again to go on where it ended'], status);
  });
  const wanted = await Promise.race([readFiles(files), interrupted]);
  if (wanted instanceof CommandFailure) throw wanted;
  const { signal } = interrupt;
  const outcomes = await serverOrFiles(
    place,
    (client) => loadOnServer(client, wanted, { place, flags, signal }),
    (config) => loadBeside(wanted, { config, flags, log: stderrLog(config), sources, signal }),
  ).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return [];
  });
  if (signal.aborted) throw await interrupted;
  const failures = failureLines(outcomes, wanted.mistakes);
  if (failures.length > 0) throw new CommandFailure(failures);
}

/** What was said of platforms and numbers goes along; of the rest the server has its own configuration. */
async function loadOnServer(
  client: AdminClient,
  wanted: Sources,
  { place, flags, signal }: Pick<LoadWork, 'flags' | 'signal'> & { readonly place: WorkPlace },
): Promise<readonly LoadOutcome[]> {
  const { config, origins } = place;
  const saysPlatforms = origins.has('platforms') || namesPlatforms(flags);
  const report = createReport(process.stdout, { json: flags.json ?? false });
  try {
    return await loadThrough(client, wanted, {
      ...{ flags, report, signal },
      ...(saysPlatforms && {
        platforms: wantedPlatforms(flags, config, ownPlatform(process.arch, process.platform)),
      }),
      ...(origins.has('concurrent') && { concurrent: config.concurrent }),
    });
  } finally {
    report.close();
  }
}

/** Where `-` is, standard input is read. */
export function readFiles(files: readonly string[]): Promise<Sources> {
  return readSources(files, () => process.stdin);
}

export interface LoadWork {
  readonly config: Config;
  readonly flags: LoadFlags;
  readonly library: Library;
  readonly report: LoadReport;
  readonly signal: AbortSignal;
}

interface BesideOptions extends Omit<LoadWork, 'library' | 'report'> {
  readonly sources: ConfigSources;
  readonly log: Log;
}

/** Loads through an engine of its own, which a server on the same directory does not mind, and does not hear of at once. */
export async function loadBeside(
  wanted: Sources,
  { sources, log, ...work }: BesideOptions,
): Promise<readonly LoadOutcome[]> {
  const { config, flags, signal } = work;
  return withEngine(sources, config, log, async ({ registry, close }) => {
    // What is under way fails by this, and can be taken up at the byte where it ended.
    const onAbort = (): void => void close();
    signal.addEventListener('abort', onAbort);
    const report = createReport(process.stdout, { json: flags.json ?? false });
    try {
      return await loadWanted(wanted, { ...work, library: registry.library, report });
    } finally {
      report.close();
      signal.removeEventListener('abort', onAbort);
    }
  });
}

/** Loads images into an engine that is open, and sums up. */
export async function loadWanted(
  { images, mistakes }: Sources,
  { config, flags, library, report, signal }: LoadWork,
): Promise<readonly LoadOutcome[]> {
  report.started(images.length);
  const outcomes = await loadImages(images, {
    library,
    platforms: wantedPlatforms(flags, config, ownPlatform(process.arch, process.platform)),
    concurrent: config.concurrent,
    referrers: flags.referrers ?? true,
    pin: flags.pin ?? true,
    as: new Map(flags.as),
    signal,
    watcher: report,
  });
  report.summed(outcomes, mistakes);
  return outcomes;
}
