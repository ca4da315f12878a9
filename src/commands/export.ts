// `export`: writes a bundle of what is cached, for the side that has no upstream.
import { CommanderError } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { ConfigSources } from '../config/load.ts';
import type { Platform } from '../oci/platform.ts';
import { lookAtShelf } from '../registry/shelf.ts';
import type { ExportPlan, IncompleteImage, Shelf, Write } from '../registry/shelf.ts';
import { readPossession, writeWhole } from '../transfer/bundle-file.ts';
import type { BundlePart, BundleTable } from '../transfer/bundle-table.ts';
import { bundleSize, bundleTable, writeBundle } from '../transfer/export.ts';
import { wantedImages } from '../transfer/wanted-images.ts';
import { CommandFailure } from './command-failure.ts';
import { counted } from './counted.ts';
import { humanSize } from './human-size.ts';
import { showProgress } from './progress.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';
import { stopSignal } from './stop-signal.ts';
import { faultText } from './verify-table.ts';

export interface ExportOptions {
  /** A file, or `-` for standard output. */
  readonly output: string;
  readonly references: readonly string[];
  readonly lists: readonly string[];
  readonly patterns: readonly string[];
  readonly platforms: readonly Platform[];
  readonly referrers: boolean;
  readonly since: readonly string[];
  readonly have: readonly string[];
  readonly json: boolean;
}

const misused = 2;

/**
 * @throws {ConfigError}
 * @throws {CommanderError} when no image is named, or the bundle would go to a terminal
 * @throws {CommandFailure} when an image is not complete: then nothing is written
 */
export async function exportBundle(sources: ConfigSources, options: ExportOptions): Promise<void> {
  const { output, references, lists, patterns, since, have } = options;
  const config = loadConfig(sources);
  if (references.length + lists.length + patterns.length === 0)
    throw usage('name images, a list by --list, a pattern by --pattern, or all with --all');
  if (output === '-' && process.stdout.isTTY)
    throw usage('a terminal takes no bundle; name a file with -o, or pipe it on');
  const { images, mistakes } = await wantedImages({ references, files: lists }, () => process.stdin);
  if (mistakes.length > 0)
    throw new CommandFailure(
      mistakes.map(({ origin, message }) => `${origin}: ${message}`),
      misused,
    );
  if (images.length + patterns.length === 0) throw usage('the sources name no image');
  const selection = { ...options, references: images.map(({ image }) => image) };
  const possession = await readPossession({ since, have });

  let isOpen = false;
  const exported = await lookAtShelf(config.imagePath, config.linkCheck, stderrLog(config), async (shelf) => {
    isOpen = true;
    const plan = await shelf.plan(selection);
    refuseIncomplete(plan);
    const table = bundleTable(plan, possession);
    await write(output, shelf, table);
    return { plan, table };
  }).catch((cause: unknown) => {
    throw isOpen ? cause : new Error(startProblem(cause, config), { cause });
  });
  const summary = options.json ? jsonSummary(exported) : peopleSummary(exported);
  (output === '-' ? process.stderr : process.stdout).write(`${summary}\n`);
}

function usage(message: string): CommanderError {
  return new CommanderError(misused, 'commander.invalidArgument', message);
}

function refuseIncomplete({ incomplete, unmatched }: ExportPlan): void {
  if (incomplete.length + unmatched.length === 0) return;
  throw new CommandFailure([
    ...unmatched.map((pattern) => `no image that is cached is like ${pattern}`),
    ...incomplete.flatMap(incompleteLines),
    'nothing was exported: load what is missing first',
  ]);
}

const SHOWN_FAULTS = 10;

function incompleteLines({ image, faults }: IncompleteImage): readonly string[] {
  const lines = faults.slice(0, SHOWN_FAULTS).map((fault) => `${image}: ${faultText(fault)}`);
  return faults.length > lines.length
    ? [...lines, `${image}: and ${faults.length - lines.length} more; see verify --json`]
    : lines;
}

async function write(output: string, shelf: Shelf, table: BundleTable): Promise<void> {
  const numbers = { total: bundleSize(table), done: 0, fetched: 0 };
  let interrupted: CommandFailure | undefined;
  void stopSignal().then(({ status }) => {
    interrupted = new CommandFailure(['interrupted; there is no bundle'], status);
  });
  const writeTo = async (write: Write): Promise<void> =>
    writeBundle(shelf, table, async (chunk) => {
      if (interrupted !== undefined) throw interrupted;
      await write(chunk);
      numbers.done = numbers.fetched += chunk.byteLength;
    });
  const ended = showProgress({ name: output === '-' ? 'standard output' : output, numbers });
  try {
    await (output === '-' ? writeTo(toStandardOutput) : writeWhole(output, writeTo));
  } finally {
    ended();
  }
}

/** Also where the reader goes away, it is this that fails. */
function toStandardOutput(chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.once('error', reject);
    process.stdout.write(chunk, () => {
      process.stdout.off('error', reject);
      resolve();
    });
  });
}

interface Exported {
  readonly plan: ExportPlan;
  readonly table: BundleTable;
}

function counts({ plan, table }: Exported) {
  const isThere = ({ there }: BundlePart): boolean => there === true;
  const left = [...table.manifests, ...table.blobs].filter(isThere);
  return {
    images: table.images.length,
    manifests: table.manifests.filter((part) => !isThere(part)).length,
    blobs: table.blobs.filter((part) => !isThere(part)).length,
    bytes: bundleSize(table),
    /** Of these images, what the other side has. */
    leftOut: left.length,
    leftOutBytes: left.reduce((sum, { size }) => sum + size, 0),
    /** Images of which it has everything. */
    unchangedImages: plan.images.length - table.images.length,
  };
}

function jsonSummary(exported: Exported): string {
  return JSON.stringify({ ...counts(exported), names: exported.table.images.map(({ name }) => name) });
}

function peopleSummary(exported: Exported): string {
  const { images, manifests, blobs, bytes, leftOut, leftOutBytes, unchangedImages } = counts(exported);
  return [
    `exported ${counted(images, 'image')} in ${humanSize(bytes)}: ${counted(manifests, 'manifest')}, ${counted(blobs, 'blob')}`,
    ...(leftOut > 0 ? [`left out what is there: ${leftOut} of them, ${humanSize(leftOutBytes)}`] : []),
    ...(unchangedImages > 0 ? [`${counted(unchangedImages, 'image')} more are there already`] : []),
  ].join('; ');
}
