// `import`: brings bundles into the cache; beside a running server or without one.
import { addAbortSignal } from 'node:stream';
import type { ConfigSources } from '../config/load.ts';
import { MissingBase } from '../transfer/bundle-error.ts';
import { readBundle } from '../transfer/bundle-file.ts';
import { importBundle } from '../transfer/import.ts';
import type { ImportNumbers, ImportReport } from '../transfer/import.ts';
import { UnknownOperation } from './admin-client.ts';
import { CommandFailure } from './command-failure.ts';
import { counted } from './counted.ts';
import { withEngine } from './engine.ts';
import { humanSize } from './human-size.ts';
import { importThrough } from './import-through.ts';
import { showProgress } from './progress.ts';
import { shortDigest } from './short-digest.ts';
import { stderrLog } from './stderr-log.ts';
import { stopSignal } from './stop-signal.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface ImportFlags extends ServerFlags {
  readonly pin: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

/** Imports what comes, by the server or by ourselves. */
type Importing = (
  source: AsyncIterable<Uint8Array>,
  begun: (numbers: ImportNumbers) => void,
) => Promise<ImportReport>;

/**
 * Imports one bundle after the other; one that fails stops no other.
 * @throws {ConfigError}
 * @throws {CommandFailure} which failed, and why
 */
export async function importBundles(
  sources: ConfigSources,
  bundles: readonly string[],
  flags: ImportFlags,
): Promise<void> {
  const place = workPlace(sources, flags);
  const { pin, dryRun } = flags;
  const interrupt = new AbortController();
  const { signal } = interrupt;
  let interrupted: CommandFailure | undefined;
  void stopSignal().then(({ status }) => {
    interrupted = new CommandFailure(['interrupted; import it again to go on where it ended'], status);
    interrupt.abort();
  });
  const importAll = async (run: Importing): Promise<readonly string[]> => {
    const failures: string[] = [];
    for (const bundle of bundles) {
      failures.push(...(await importOne(run, bundle, flags, signal)));
      if (signal.aborted) break;
    }
    return failures;
  };
  const failures = await serverOrFiles(
    place,
    async (client) => {
      // Whether there is a server is known before anything is read that can be read only once.
      await client.json('versionGet');
      return importAll((source, begun) => importThrough(client, source, { pin, dryRun, begun, signal }));
    },
    // Nothing is to be asked of any upstream, also not in the background.
    (config) =>
      withEngine(sources, { ...config, airGapped: true }, stderrLog(config), ({ registry }) =>
        importAll((source, begun) => importBundle(source, { registry, pin, dryRun, begun })),
      ),
  );
  if (interrupted !== undefined) throw interrupted;
  if (failures.length > 0) throw new CommandFailure(failures);
}

/** @returns why it failed; empty when it did not */
async function importOne(
  run: Importing,
  bundle: string,
  { dryRun, json }: ImportFlags,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let kept: ImportNumbers | undefined;
  let ended = (): void => undefined;
  const begun = (numbers: ImportNumbers): void => {
    kept = numbers;
    ended = showProgress({ name: bundle, numbers });
  };
  try {
    const report = await run(
      readBundle(bundle, () => addAbortSignal(signal, process.stdin), signal),
      begun,
    );
    ended();
    process.stdout.write(
      json ? jsonLine({ bundle, dryRun, ...report }) : peopleLines(bundle, report, dryRun),
    );
    return [];
  } catch (error) {
    ended();
    // Of another version: what is no stream can be read again.
    if (error instanceof UnknownOperation) {
      if (bundle !== '-') throw error;
      throw new Error(`${error.message}; import it with --direct`, { cause: error });
    }
    const lines = failureLines(error, dryRun ? undefined : kept);
    if (json) process.stdout.write(jsonLine({ bundle, dryRun, error: lines.join('; ') }));
    return lines.map((line) => `${bundle}: ${line}`);
  }
}

function jsonLine(facts: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(facts)}\n`;
}

function peopleLines(bundle: string, { images, numbers }: ImportReport, dryRun: boolean): string {
  const changed = images.filter(({ standing }) => standing !== 'unchanged');
  const moved = changed.filter(({ standing }) => standing === 'moved').length;
  const lines = changed.map(({ standing, name }) => `${standing.padEnd(5)} ${name}`);
  const standings = `${changed.length - moved} new, ${moved} moved, ${images.length - changed.length} unchanged`;
  const blobs = `${counted(numbers.blobs, 'new blob')} of ${humanSize(numbers.fetched)}`;
  const done = dryRun ? 'is sound and would bring' : 'imported:';
  return `${[...lines, `${bundle} ${done} ${counted(images.length, 'image')} (${standings}), ${blobs}`].join('\n')}\n`;
}

const SHOWN = 20;

function failureLines(error: unknown, kept: ImportNumbers | undefined): readonly string[] {
  const lines = [error instanceof Error ? error.message : String(error)];
  if (error instanceof MissingBase) {
    for (const { digest, size, images } of error.parts.slice(0, SHOWN)) {
      const others = images.length > 1 ? ` and ${images.length - 1} more` : '';
      lines.push(`${images[0] ?? ''}${others} lacks ${shortDigest(digest)} (${humanSize(size)})`);
    }
    if (error.parts.length > SHOWN) lines.push(`and ${error.parts.length - SHOWN} more`);
  }
  if (kept !== undefined && kept.blobs > 0)
    lines.push(`what was verified is kept, ${counted(kept.blobs, 'new blob')}: the next attempt skips it`);
  return lines;
}
