// `verify`: whether images could be served with their upstreams gone, for people, machines and scripts.
import { CommanderError } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import { formatImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { verifyImages, verifyReport } from '../registry/verify.ts';
import type { Verified, VerifyReport } from '../registry/verify.ts';
import { refetchFaults } from '../transfer/refetch.ts';
import type { Refetched } from '../transfer/refetch.ts';
import { wantedImages } from '../transfer/wanted-images.ts';
import { CommandFailure } from './command-failure.ts';
import { withEngine } from './engine.ts';
import { stderrLog } from './stderr-log.ts';
import { refetchText, verifyTable } from './verify-table.ts';
import { linkCheckSaid, serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface VerifyCommandOptions extends ServerFlags {
  readonly references: readonly string[];
  readonly lists: readonly string[];
  readonly manifests: readonly string[];
  readonly all: boolean;
  readonly platforms: readonly Platform[];
  readonly deep: boolean;
  readonly refetch: boolean;
  readonly json: boolean;
}

const incomplete = 1;
const misused = 2;

/**
 * @throws {ConfigError}
 * @throws {CommanderError} when no image is named, or all and some
 * @throws {CommandFailure} 1 when an image is not complete, 2 when something names no image
 */
export async function verify(sources: ConfigSources, options: VerifyCommandOptions): Promise<void> {
  const { references, all, platforms, deep, refetch, json } = options;
  const files = [...options.lists, ...options.manifests];
  const place = workPlace(sources, options);
  const named = references.length + files.length > 0;
  if (all === named) throw usage(all ? '--all leaves nothing to name' : 'name images, or all with --all');
  const { images, mistakes } = await wantedImages({ references, files }, () => process.stdin);
  // An empty list is complete in no sense that anybody means.
  if (!all && images.length === 0 && mistakes.length === 0) throw usage('the sources name no image');
  const { report, refetched } = await serverOrFiles<Refetched>(
    place,
    async (client) => {
      const body = {
        ...(!all && { images: images.map(({ image }) => formatImageName(image)) }),
        platforms: platforms.map(formatPlatform),
        ...{ deep, refetch, ...linkCheckSaid(place) },
      };
      const told: Verified[] = [];
      for await (const event of client.events('verifyRun', { body })) {
        if (event.event !== 'refetched') told.push(event);
        else {
          const { complete, images: now, blobs, refetched } = event;
          return { report: { complete, images: now, blobs }, refetched };
        }
      }
      return { report: await verifyReport(told), refetched: [] };
    },
    async (config) => {
      const log = stderrLog(config);
      const { imagePath, linkCheck } = config;
      const judge = (names: readonly ImageName[] | 'all'): Promise<VerifyReport> =>
        verifyImages(imagePath, names, { platforms, deep, linkCheck }, log);
      const found = await judge(all ? 'all' : images.map(({ image }) => image));
      if (!refetch || found.complete) return { report: found, refetched: [] };
      return withEngine(sources, config, log, ({ registry }) =>
        refetchFaults(found, { registry, concurrent: config.concurrent, verify: judge }),
      );
    },
  );
  const complete = report.complete && mistakes.length === 0;
  const exact = { ...report, complete, mistakes, ...(refetch && { refetched }) };
  process.stdout.write(
    json ? `${JSON.stringify(exact, null, 2)}\n` : verifyTable(report) + refetchText(refetched),
  );
  const lines = mistakes.map(({ origin, message }) => `${origin}: ${message}`);
  if (lines.length > 0) throw new CommandFailure(lines, misused);
  if (!complete) throw new CommandFailure([], incomplete);
}

function usage(message: string): CommanderError {
  return new CommanderError(misused, 'commander.invalidArgument', message);
}
