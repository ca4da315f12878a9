// The verbs that take images away, and those that keep them.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { parseDuration } from '../config/duration.ts';
import { parseSize } from '../config/size.ts';
import { pin } from './pin.ts';
import { prune } from './prune.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';
import { addPlaceOptions } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

const looking = ['image_path', 'log_level', 'log_format'] as const;
const jsonHelp = 'Print JSON, with everything exact.';

export function addPruneCommands(program: Command): void {
  addPrune(program);
  addPin(program, 'pin', 'Keep images, whatever is pruned.');
  addPin(program, 'unpin', 'Keep images no longer than others.');
}

function addPrune(program: Command): void {
  interface Given extends ServerFlags {
    readonly olderThan?: number;
    readonly notPulledSince?: number;
    readonly untagged?: true;
    readonly maxSize?: number;
    readonly dryRun?: true;
    readonly json?: true;
  }
  const command = program
    .command('prune')
    .description('Remove images to which all of this applies; always remove what no image needs.')
    .argument(
      '[PATTERN...]',
      'Those that one of these fits: `*` stands for anything in registry/repository:tag.',
    )
    .option('--older-than <AGE>', 'Those that came so long ago, such as 90d.', age)
    .option('--not-pulled-since <AGE>', 'Those that nobody has pulled for so long, such as 30d.', age)
    .option('--untagged', 'Those that no tag leads to, such as what a tag has left behind.')
    .option(
      '--max-size <SIZE>',
      'The least recently pulled, until the cache takes no more, such as 50GiB.',
      size,
    )
    .option('--dry-run', 'Only say what would go, and how many bytes.')
    .option('--json', jsonHelp)
    .action(
      (
        patterns: readonly string[],
        { olderThan, notPulledSince, untagged, maxSize, dryRun, json, ...flags }: Given,
      ) =>
        prune(
          sourcesOf(command),
          {
            patterns,
            ...(olderThan !== undefined && { createdBefore: ago(olderThan) }),
            ...(notPulledSince !== undefined && { notPulledSince: ago(notPulledSince) }),
            ...(maxSize !== undefined && { maxSize }),
            untagged: untagged ?? false,
            dryRun: dryRun ?? false,
          },
          { json: json ?? false, ...flags },
        ),
    );
  addPlaceOptions(command);
  addSettingOptions(command, looking);
}

function addPin(program: Command, verb: 'pin' | 'unpin', description: string): void {
  interface Given extends ServerFlags {
    readonly all?: true;
    readonly json?: true;
  }
  const command = program
    .command(verb)
    .description(description)
    .argument('[IMAGE...]', 'As list prints them; `*` stands for anything in registry/repository:tag.')
    .option('--all', 'All that are cached.')
    .option('--json', jsonHelp)
    .action((patterns: readonly string[], { all, json, ...flags }: Given) =>
      pin(sourcesOf(command), verb, { patterns, all: all ?? false, json: json ?? false, ...flags }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, looking);
}

function ago(ms: number): Date {
  return new Date(Date.now() - ms);
}

function age(text: string): number {
  const ms = parseDuration(text, Infinity);
  if (ms === undefined) throw new InvalidArgumentError('It is a duration with its unit, such as 12h or 90d.');
  return ms;
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) throw new InvalidArgumentError('It is a size, such as 50GiB, 50GB or 500M.');
  return bytes;
}
