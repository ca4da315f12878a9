// The verbs that carry content across the gap.
import type { Command } from 'commander';
import type { Platform } from '../oci/platform.ts';
import { collected, looking, platforms } from './cache-commands.ts';
import { exportBundle } from './export.ts';
import { importBundles } from './import.ts';
import { inventory } from './inventory.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';
import { addPlaceOptions } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export function addTransferCommands(program: Command): void {
  addExport(program);
  addInventory(program);
  addImport(program);
}

function addExport(program: Command): void {
  interface Given extends ServerFlags {
    readonly output: string;
    readonly list?: readonly string[];
    readonly all?: true;
    readonly pattern?: readonly string[];
    readonly platform?: readonly Platform[];
    readonly referrers: boolean;
    readonly since?: readonly string[];
    readonly have?: readonly string[];
    readonly json?: true;
  }
  const command = program
    .command('export')
    .description(
      'Write cached images into a bundle: an OCI image layout as tar, which is not compressed, because layers are.',
    )
    .argument('[REF...]', 'Images by tag, digest or both; short names are docker.io’s.')
    .requiredOption('-o, --output <BUNDLE>', 'The file to write, or - for standard output.')
    .option('--list <SOURCE>', 'A file of images, as load takes it, or -; may be repeated.', collected)
    .option('--all', 'All that is cached.')
    .option(
      '--pattern <P>',
      'Those of which it is the name: `*` stands for anything in registry/repository:tag; may be repeated.',
      collected,
    )
    .option(
      '--platform <P>',
      'Such as linux/arm64: exactly these, not those that are cached; may be repeated.',
      platforms,
    )
    .option('--no-referrers', 'Leave out signatures, SBOMs and what else refers to the images.')
    .option('--since <BUNDLE>', 'Leave out what this older bundle has brought; may be repeated.', collected)
    .option(
      '--have <INVENTORY>',
      'Leave out what this inventory of the other side has; may be repeated.',
      collected,
    )
    .option('--json', 'Print the summary as JSON.')
    .action((references: readonly string[], given: Given) =>
      exportBundle(sourcesOf(command), {
        ...given,
        references,
        lists: given.list ?? [],
        patterns: [...(given.pattern ?? []), ...(given.all ? ['*'] : [])],
        platforms: given.platform ?? [],
        since: given.since ?? [],
        have: given.have ?? [],
        json: given.json ?? false,
      }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, [...looking, 'link_check']);
}

function addInventory(program: Command): void {
  const command = program
    .command('inventory')
    .description('Write what is cached into a small file, for export --have on the other side.')
    .option('-o, --output <FILE>', 'The file to write; standard output by default.', '-')
    .action(({ output, ...flags }: ServerFlags & { readonly output: string }) =>
      inventory(sourcesOf(command), output, flags),
    );
  addPlaceOptions(command);
  addSettingOptions(command, [...looking, 'link_check']);
}

function addImport(program: Command): void {
  interface Given extends ServerFlags {
    readonly pin: boolean;
    readonly dryRun?: boolean;
    readonly json?: boolean;
  }
  const command = program
    .command('import')
    .description('Bring the images of bundles into the cache, when every byte of a bundle has been verified.')
    .argument('<BUNDLE...>', 'What export has written, in this order; - is standard input.')
    .option('--dry-run', 'Verify, and say what would be new.')
    .option('--no-pin', 'Leave what is imported to the pruner.')
    .option('--json', 'Print a line of JSON for each bundle.')
    .action((bundles: readonly string[], { dryRun = false, json = false, ...given }: Given) =>
      importBundles(sourcesOf(command), bundles, { ...given, dryRun, json }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, [...looking, 'allow_registries', 'deny_registries']);
}
