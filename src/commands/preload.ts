// `--preload-images`: loads before serving or while serving; whatever becomes of it, the server serves.
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load.ts';
import type { Log } from '../log/log.ts';
import { loadBeside, loadWanted, readFiles } from './load.ts';
import type { LoadWork } from './load.ts';
import type { PreloadFlags } from './load-options.ts';
import { createReport, failureLines } from './load-report.ts';
import type { LoadResult } from '../transfer/load.ts';
import type { Sources } from '../transfer/sources.ts';

export interface PreloadOptions {
  readonly sources: ConfigSources;
  readonly config: Config;
  readonly log: Log;
  /** Resolves when the server is told to stop. */
  readonly stop: Promise<unknown>;
}

/** Neither rejects. */
export interface Preload {
  /** Ends when the server may start. */
  readonly before: Promise<void>;
  /** Loads through the server's own engine, so that clients join what comes. */
  behind(engine: LoadWork['engine']): Promise<void>;
}

export function preload(flags: PreloadFlags, { sources, config, log, stop }: PreloadOptions): Preload {
  const { preloadImages: files, preloadBackground = false } = flags;
  const nothing = Promise.resolve();
  if (files === undefined) return { before: nothing, behind: () => nothing };
  const interrupt = new AbortController();
  void stop.then(() => interrupt.abort());
  const { signal } = interrupt;
  const attempt = async (work: (wanted: Sources) => Promise<LoadResult>): Promise<void> => {
    try {
      const wanted = await Promise.race([readFiles(files, signal), stop.then(() => undefined)]);
      if (wanted === undefined) return;
      const { outcomes, mistakes } = await work(wanted);
      if (signal.aborted) return;
      for (const line of failureLines(outcomes, mistakes)) process.stderr.write(`ociregistry: ${line}\n`);
    } catch (error) {
      process.stderr.write(`ociregistry: nothing could be preloaded: ${String(error)}\n`);
    }
  };
  if (!preloadBackground) {
    const before = attempt((wanted) => loadBeside(wanted, { sources, config, flags, log, signal }));
    return { before, behind: () => nothing };
  }
  return {
    before: nothing,
    behind: (engine) =>
      attempt((wanted) => {
        // Lines, also at a terminal: the server's own come in between.
        const report = createReport(
          { write: (text) => process.stdout.write(text) },
          { json: flags.json ?? false },
        );
        return loadWanted(wanted, { config, flags, engine, report, signal });
      }),
  };
}
