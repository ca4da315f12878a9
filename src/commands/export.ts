// `export`: writes a bundle of what is cached, for the side that has no upstream.
import { CommanderError } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import type { Platform } from '../oci/platform.ts';
import { lookAtShelf } from '../registry/shelf.ts';
import type { Write } from '../registry/shelf.ts';
import { readPossession, writeWhole } from '../transfer/bundle-file.ts';
import type { BundlePart, BundleTable } from '../transfer/bundle-table.ts';
import { bundleSize, bundleTable, writeBundle } from '../transfer/export.ts';
import { receiveBundle } from '../transfer/receive.ts';
import { wantedImages } from '../transfer/wanted-images.ts';
import { CommandFailure } from './command-failure.ts';
import { counted } from './counted.ts';
import { exportRequest, exportThrough, refuseIncomplete } from './export-through.ts';
import { humanSize } from './human-size.ts';
import { showProgress } from './progress.ts';
import { stderrLog } from './stderr-log.ts';
import { stopSignal } from './stop-signal.ts';
import { serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface ExportOptions extends ServerFlags {
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
  const place = workPlace(sources, options);
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

  const outcome = await serverOrFiles<Outcome>(
    place,
    async (client) => {
      const asked = { body: exportRequest(selection, possession, place) };
      const { planned, bytes } = await exportThrough(client, asked);
      return outcomeOf(async () => {
        const table = await writing(output, (write, begun) =>
          receiveBundle(bytes, write, async (coming) => begun(await bundleSize(coming))),
        );
        return { planned, table };
      });
    },
    (config) =>
      lookAtShelf(config.imagePath, config.linkCheck, stderrLog(config), (shelf) =>
        outcomeOf(async () => {
          const plan = await shelf.plan(selection);
          refuseIncomplete(plan);
          const table = await bundleTable(plan, possession);
          await writing(output, async (write, begun) => {
            begun(await bundleSize(table));
            await writeBundle(shelf, table, write);
          });
          return { planned: plan.images.length, table };
        }),
      ),
  );
  if (outcome.exported === undefined) throw outcome.error;
  const summary = await (options.json ? jsonSummary(outcome.exported) : peopleSummary(outcome.exported));
  (output === '-' ? process.stderr : process.stdout).write(`${summary}\n`);
}

interface Exported {
  /** Images that were asked for. */
  readonly planned: number;
  readonly table: BundleTable;
}

/** What fails while a bundle is written is nothing that the image path could be blamed for. */
type Outcome = { readonly exported: Exported } | { readonly exported?: undefined; readonly error: unknown };

async function outcomeOf(work: () => Promise<Exported>): Promise<Outcome> {
  try {
    return { exported: await work() };
  } catch (error) {
    return { error };
  }
}

function usage(message: string): CommanderError {
  return new CommanderError(misused, 'commander.invalidArgument', message);
}

/** Writes it as `produce` does, who says how many bytes are coming, and shows how far it is. */
async function writing<T>(
  output: string,
  produce: (write: Write, begun: (bytes: number) => void) => Promise<T>,
): Promise<T> {
  const numbers = { total: 0, done: 0, fetched: 0 };
  let interrupted: CommandFailure | undefined;
  void stopSignal().then(({ status }) => {
    interrupted = new CommandFailure(['interrupted; there is no bundle'], status);
  });
  const writeTo = (write: Write): Promise<T> =>
    produce(
      async (chunk) => {
        if (interrupted !== undefined) throw interrupted;
        await write(chunk);
        numbers.done = numbers.fetched += chunk.byteLength;
      },
      (bytes) => (numbers.total = bytes),
    );
  const ended = showProgress({ name: output === '-' ? 'standard output' : output, numbers });
  try {
    return await (output === '-' ? writeTo(toStandardOutput) : writeWhole(output, writeTo));
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

async function counts({ planned, table }: Exported) {
  const isThere = ({ there }: BundlePart): boolean => there === true;
  const left = [...table.manifests, ...table.blobs].filter(isThere);
  return {
    images: table.images.length,
    manifests: table.manifests.filter((part) => !isThere(part)).length,
    blobs: table.blobs.filter((part) => !isThere(part)).length,
    bytes: await bundleSize(table),
    /** Of these images, what the other side has. */
    leftOut: left.length,
    leftOutBytes: left.reduce((sum, { size }) => sum + size, 0),
    /** Images of which it has everything. */
    unchangedImages: planned - table.images.length,
  };
}

async function jsonSummary(exported: Exported): Promise<string> {
  return JSON.stringify({
    ...(await counts(exported)),
    names: exported.table.images.map(({ name }) => name),
  });
}

async function peopleSummary(exported: Exported): Promise<string> {
  const { images, manifests, blobs, bytes, leftOut, leftOutBytes, unchangedImages } = await counts(exported);
  return [
    `exported ${counted(images, 'image')} in ${humanSize(bytes)}: ${counted(manifests, 'manifest')}, ${counted(blobs, 'blob')}`,
    ...(leftOut > 0 ? [`left out what is there: ${leftOut} of them, ${humanSize(leftOutBytes)}`] : []),
    ...(unchangedImages > 0 ? [`${counted(unchangedImages, 'image')} more are there already`] : []),
  ].join('; ');
}
