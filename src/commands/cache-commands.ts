// The verbs that look at what is cached.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { OciError } from '../oci/errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { listOrders } from '../registry/list.ts';
import type { ListOrder } from '../registry/list.ts';
import { du } from './du.ts';
import { inspect } from './inspect.ts';
import { list } from './list.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';
import { verify } from './verify.ts';
import { addPlaceOptions } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/** The settings of those who only look. */
export const looking = ['image_path', 'log_level', 'log_format'] as const;
const jsonHelp = 'Print JSON, with everything exact.';

export function addCacheCommands(program: Command): void {
  addList(program);
  addVerify(program);
  addDu(program);
  addInspect(program);
}

function addList(program: Command): void {
  const command = program
    .command('list')
    .description('List what is cached, complete or not.')
    .argument('[PATTERN]', 'Only these: `*` stands for anything in registry/repository:tag.')
    .addOption(new Option('--sort <ORDER>', 'In which order.').choices(listOrders).default('name'))
    .option('--json', jsonHelp)
    .action(
      (pattern: string | undefined, { json, ...given }: ServerFlags & { sort: ListOrder; json?: true }) =>
        list(sourcesOf(command), {
          json: json ?? false,
          ...given,
          ...(pattern !== undefined && { pattern }),
        }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, [...looking, 'link_check']);
}

function addVerify(program: Command): void {
  interface Given extends ServerFlags {
    readonly list?: readonly string[];
    readonly manifests?: readonly string[];
    readonly platform?: readonly Platform[];
    readonly all?: true;
    readonly deep?: true;
    readonly refetch?: true;
    readonly json?: true;
  }
  const command = program
    .command('verify')
    .description('Prove that images can be served with their upstreams gone. Exits with 1 when one cannot.')
    .argument('[REF...]', 'Images by tag, digest or both; short names are docker.io’s.')
    .option('--list <FILE>', 'A file of images, one a line, or `-`; may be repeated.', collected)
    .option('--manifests <FILE...>', 'YAML that names images: Kubernetes manifests, rendered charts; or `-`.')
    .option('--all', 'All that is cached.')
    .option(
      '--platform <P>',
      'Such as linux/arm64: exactly these, not those that are cached; may be repeated.',
      platforms,
    )
    .option('--deep', 'Hash every blob too, and set aside what is damaged.')
    .option('--refetch', 'Fetch again what is missing or was set aside, and judge by what is there then.')
    .option('--json', jsonHelp)
    .action((references: readonly string[], given: Given) =>
      verify(sourcesOf(command), {
        ...given,
        references,
        lists: given.list ?? [],
        manifests: given.manifests ?? [],
        all: given.all ?? false,
        platforms: given.platform ?? [],
        deep: given.deep ?? false,
        refetch: given.refetch ?? false,
        json: given.json ?? false,
      }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, [...looking, 'link_check']);
}

function addDu(program: Command): void {
  const command = program
    .command('du')
    .description('Show how many bytes registries and repositories take.')
    .option('--json', jsonHelp)
    .action(({ json, ...given }: ServerFlags & { readonly json?: true }) =>
      du(sourcesOf(command), { json: json ?? false, ...given }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, looking);
}

function addInspect(program: Command): void {
  const command = program
    .command('inspect')
    .description('Show what an image is made of, or what leads to a blob.')
    .argument('<REF>', 'An image by its name, or any digest.')
    .option('--json', jsonHelp)
    .action((reference: string, { json, ...given }: ServerFlags & { readonly json?: true }) =>
      inspect(sourcesOf(command), reference, { json: json ?? false, ...given }),
    );
  addPlaceOptions(command);
  addSettingOptions(command, [...looking, 'link_check']);
}

export function collected(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

/** Several times, or several with commas. */
export function platforms(value: string, earlier: readonly Platform[] = []): readonly Platform[] {
  try {
    return [...earlier, ...value.split(',').map(parsePlatform)];
  } catch (error) {
    if (error instanceof OciError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}
