// `pin` and `unpin`: which images are kept whatever is pruned.
import { CommanderError } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { setDirectoryPins } from '../registry/pins.ts';
import { CommandFailure } from './command-failure.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';

export interface PinCommandOptions {
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
  { patterns, all, json }: PinCommandOptions,
): Promise<void> {
  if (all === patterns.length > 0) {
    const message = all ? '--all leaves nothing to name' : 'name images, or all with --all';
    throw new CommanderError(misused, 'commander.invalidArgument', message);
  }
  const config = loadConfig(sources);
  const { imagePath } = config;
  const log = stderrLog(config);
  const report = await setDirectoryPins(imagePath, all ? ['*'] : patterns, verb === 'pin', log).catch(
    (cause: unknown) => {
      throw new Error(startProblem(cause, config), { cause });
    },
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
      unknown.map((pattern) => `nothing like ${pattern} is cached in ${imagePath}; list prints the names`),
    );
}
