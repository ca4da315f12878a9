// `pin` and `unpin`: which images are kept whatever is pruned.
import { CommanderError } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import { setDirectoryPins } from '../registry/pins.ts';
import type { PinReport } from '../registry/pins.ts';
import { CommandFailure } from './command-failure.ts';
import { stderrLog } from './stderr-log.ts';
import { nameOf, serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface PinCommandOptions extends ServerFlags {
  readonly patterns: readonly string[];
  readonly all: boolean;
  readonly json: boolean;
}

const misused = 2;

/**
 * @throws {ConfigError}
 * @throws {CommanderError} when no image is named, or all and some
 * @throws {CommandFailure} when something is named that is not cached
 */
export async function pin(
  sources: ConfigSources,
  verb: 'pin' | 'unpin',
  { patterns, all, json, ...flags }: PinCommandOptions,
): Promise<void> {
  if (all === patterns.length > 0) {
    const message = all ? '--all leaves nothing to name' : 'name images, or all with --all';
    throw new CommanderError(misused, 'commander.invalidArgument', message);
  }
  const place = workPlace(sources, flags);
  const wanted = all ? ['*'] : patterns;
  const report = await serverOrFiles<PinReport>(
    place,
    (client) => client.json(verb === 'pin' ? 'pinSet' : 'pinRelease', { body: { patterns: wanted } }),
    (config) => setDirectoryPins(config.imagePath, wanted, verb === 'pin', stderrLog(config)),
  );
  const done = verb === 'pin' ? 'pinned' : 'no longer pinned';
  const lines = [
    ...report.changed.map((name) => `${name} is ${done}`),
    ...report.already.map((name) => `${name} was ${verb === 'pin' ? 'pinned' : 'not pinned'} already`),
  ];
  process.stdout.write(
    json ? `${JSON.stringify(report, null, 2)}\n` : lines.map((line) => `${line}\n`).join(''),
  );
  const unknown = all ? [] : report.unknown;
  if (unknown.length > 0)
    throw new CommandFailure(
      unknown.map(
        (pattern) => `nothing like ${pattern} is cached in ${nameOf(place)}; list prints the names`,
      ),
    );
}
