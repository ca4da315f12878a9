// `import`: brings bundles into the cache; beside a running server or without one.
import { addAbortSignal } from 'node:stream';
import { loadConfig } from '../config/load.ts';
import type { ConfigSources } from '../config/load.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { MissingBase } from '../transfer/bundle-error.ts';
import { readBundle } from '../transfer/bundle-file.ts';
import { importBundle } from '../transfer/import.ts';
import type { ImportNumbers, ImportReport } from '../transfer/import.ts';
import { CommandFailure } from './command-failure.ts';
import { counted } from './counted.ts';
import { forLoading } from './engine.ts';
import { humanSize } from './human-size.ts';
import { showProgress } from './progress.ts';
import { shortDigest } from './short-digest.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';
import { stopSignal } from './stop-signal.ts';

export interface ImportFlags {
  readonly pin: boolean;
  readonly dryRun: boolean;
  readonly json: boolean;
}

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
  // Nothing is to be asked of any upstream, also not in the background.
  const config = { ...forLoading(loadConfig(sources)), airGapped: true };
  const registry = await openRegistry(config, { log: stderrLog(config) }).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  const interrupt = new AbortController();
  let interrupted: CommandFailure | undefined;
  void stopSignal().then(({ status }) => {
    interrupted = new CommandFailure(['interrupted; import it again to go on where it ended'], status);
    interrupt.abort();
  });
  try {
    const failures: string[] = [];
    for (const bundle of bundles) {
      failures.push(...(await importOne(registry, bundle, flags, interrupt.signal)));
      if (interrupted !== undefined) throw interrupted;
    }
    if (failures.length > 0) throw new CommandFailure(failures);
  } finally {
    await registry.close();
  }
}

/** @returns why it failed; empty when it did not */
async function importOne(
  { intake, library }: Registry,
  bundle: string,
  { pin, dryRun, json }: ImportFlags,
  signal: AbortSignal,
): Promise<readonly string[]> {
  let kept: ImportNumbers | undefined;
  let ended = (): void => undefined;
  const begun = (numbers: ImportNumbers): void => {
    kept = numbers;
    ended = showProgress({ name: bundle, numbers });
  };
  try {
    const source = readBundle(bundle, () => addAbortSignal(signal, process.stdin), signal);
    const report = await importBundle(source, { intake, library, pin, dryRun, begun });
    ended();
    process.stdout.write(
      json ? jsonLine({ bundle, dryRun, ...report }) : peopleLines(bundle, report, dryRun),
    );
    return [];
  } catch (error) {
    ended();
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
