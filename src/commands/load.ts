// `load`: brings images into the cache and ends; through the server that runs on the directory, or without one.
import { addAbortSignal } from 'node:stream';
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load.ts';
import type { Log } from '../log/log.ts';
import type { Registry } from '../registry/registry.ts';
import { unpruned } from '../registry/unpruned.ts';
import { eachArchive, loadArchive } from '../transfer/archive-load.ts';
import { loadImages } from '../transfer/load.ts';
import type { LoadResult } from '../transfer/load.ts';
import { ResolveRef } from '../transfer/resolve-ref.ts';
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
  const wanted = await Promise.race([readFiles(files, interrupt.signal), interrupted]);
  if (wanted instanceof CommandFailure) throw wanted;
  const { signal } = interrupt;
  const { outcomes, mistakes } = await serverOrFiles(
    place,
    (client) => loadOnServer(client, wanted, { place, flags, signal }),
    (config) => loadBeside(wanted, { config, flags, log: stderrLog(config), sources, signal }),
  ).catch((error: unknown): LoadResult => {
    if (!signal.aborted) throw error;
    return { outcomes: [], mistakes: [] };
  });
  if (signal.aborted) throw await interrupted;
  const failures = failureLines(outcomes, mistakes);
  if (failures.length > 0) throw new CommandFailure(failures);
}

/** What was said of platforms and numbers goes along; of the rest the server has its own configuration. */
async function loadOnServer(
  client: AdminClient,
  wanted: Sources,
  { place, flags, signal }: Pick<LoadWork, 'flags' | 'signal'> & { readonly place: WorkPlace },
): Promise<LoadResult> {
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

/** Where `-` is, standard input is read; it may be an archive, whose next byte nobody waits for after the signal. */
export function readFiles(files: readonly string[], signal: AbortSignal): Promise<Sources> {
  return readSources(files, () => addAbortSignal(signal, process.stdin));
}

export interface LoadWork {
  readonly config: Config;
  readonly flags: LoadFlags;
  /** The ways into the engine. */
  readonly engine: Pick<Registry, 'library' | 'intake' | 'holdPruning' | 'cached'>;
  readonly report: LoadReport;
  readonly signal: AbortSignal;
}

interface BesideOptions extends Omit<LoadWork, 'engine' | 'report'> {
  readonly sources: ConfigSources;
  readonly log: Log;
}

/** Loads through an engine of its own, which a server on the same directory does not mind, and does not hear of at once. */
export async function loadBeside(
  wanted: Sources,
  { sources, log, ...work }: BesideOptions,
): Promise<LoadResult> {
  const { config, flags, signal } = work;
  return withEngine(sources, config, log, async ({ registry, close }) => {
    // What is under way fails by this, and can be taken up at the byte where it ended.
    const onAbort = (): void => void close();
    signal.addEventListener('abort', onAbort);
    const report = createReport(process.stdout, { json: flags.json ?? false });
    try {
      return await loadWanted(wanted, { ...work, engine: registry, report });
    } finally {
      report.close();
      signal.removeEventListener('abort', onAbort);
    }
  });
}

/** Loads images into an engine that is open, and sums up; nothing is pruned meanwhile. */
export function loadWanted(wanted: Sources, work: LoadWork): Promise<LoadResult> {
  return unpruned(work.engine, 'load', () => loadUnpruned(wanted, work));
}

async function loadUnpruned(
  wanted: Sources,
  { config, flags, engine: { library, intake }, report, signal }: LoadWork,
): Promise<LoadResult> {
  const options = {
    library,
    platforms: wantedPlatforms(flags, config, ownPlatform(process.arch, process.platform)),
    referrers: flags.referrers ?? true,
    pin: flags.pin ?? true,
    as: new Map(flags.as),
    signal,
    watcher: report,
  };
  report.expected(wanted.images.length);
  const naming = new ResolveRef(flags.resolveRef);
  const archived = await eachArchive(wanted.archives, { naming, signal }, (source) =>
    loadArchive(source, { ...options, intake, naming }),
  );
  const named = await loadImages(wanted.images, { ...options, concurrent: config.concurrent });
  const outcomes = [...archived.outcomes, ...named];
  const mistakes = [...wanted.mistakes, ...archived.mistakes];
  report.summed(outcomes, mistakes);
  return { outcomes, mistakes };
}
