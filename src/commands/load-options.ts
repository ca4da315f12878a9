// The flags of loading: how they are declared, and what they mean.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Config } from '../config/config.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { quoted } from '../oci/quotation.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { RegistryHost } from '../oci/registry-host.ts';

/** What was given on the command line; what was not is absent. */
export interface LoadFlags {
  readonly arch?: readonly string[];
  readonly os?: readonly string[];
  readonly platform?: readonly string[];
  readonly as?: readonly (readonly [RegistryHost, RegistryHost])[];
  readonly referrers?: boolean;
  readonly resolveRef?: ImageName;
  readonly pin?: boolean;
  readonly json?: boolean;
}

export interface PreloadFlags extends LoadFlags {
  readonly preloadImages?: readonly string[];
  readonly preloadBackground?: true;
}

export function addLoadOptions(command: Command): void {
  command
    .option(
      '--platform <PLATFORM>',
      'Load this platform, such as linux/arm64, or all; may be repeated.',
      platformNames,
    )
    .option(
      '--arch <ARCH>',
      'Load this architecture, such as arm64, or all; may be repeated.',
      architectureNames,
    )
    .option('--os <OS>', 'Load this operating system; linux unless it is given; may be repeated.', systems)
    .option(
      '--as <FROM=TO>',
      'Store what comes from the registry FROM under the name TO; may be repeated.',
      renaming,
    )
    .option(
      '--resolve-ref <REF>',
      'The name of the one image whose archive gives it none, such as quay.io/team/app:v1.',
      imageName,
    )
    .option('--no-referrers', 'Leave out signatures, SBOMs and what else refers to the images.')
    .option('--no-pin', 'Leave what is loaded to the pruner.')
    .option('--json', 'Print JSON.');
}

export function addLoadFileOption(command: Command): void {
  command.option('--load-images <SOURCE>', 'The same as the command load.', collect);
}

export function addPreloadOptions(command: Command): void {
  command
    .option(
      '--preload-images <SOURCE>',
      'Load before serving, whatever becomes of it; may be repeated.',
      collect,
    )
    .option('--preload-background', 'Load while serving.');
}

export function namesPlatforms({ arch = [], os = [], platform = [] }: LoadFlags): boolean {
  return arch.length + os.length + platform.length > 0;
}

/** None: all of them. */
export function wantedPlatforms(flags: LoadFlags, config: Config, own: Platform): readonly Platform[] {
  const { arch = [], os = [], platform = [] } = flags;
  if (!namesPlatforms(flags)) {
    return config.platforms === undefined ? [own] : parsed(config.platforms);
  }
  if ([...arch, ...os].includes('all')) return [];
  const systems = os.length > 0 ? os : [own.os];
  const architectures = arch.length > 0 ? arch : [own.architecture];
  const combined = systems.flatMap((system) =>
    architectures.map((architecture) => `${system}/${architecture}`),
  );
  return parsed([...platform, ...(arch.length + os.length > 0 ? combined : [])]);
}

/** Node's names for architectures that have another one in images. */
const nodeNames: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };

/** What images for this machine say of themselves. */
export function ownPlatform(architecture: string, system: string): Platform {
  return {
    os: system === 'win32' ? 'windows' : 'linux',
    architecture: nodeNames[architecture] ?? architecture,
  };
}

function parsed(texts: readonly string[]): readonly Platform[] {
  return texts.includes('all') ? [] : texts.map(parsePlatform);
}

function collect(text: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, text];
}

function systems(text: string, previous: readonly string[] = []): readonly string[] {
  const given = text
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  const wrong = given.find((word) => !/^[a-z0-9]+$/.test(word));
  if (wrong !== undefined) throw new InvalidArgumentError(`${quoted(wrong)} is no operating system.`);
  return [...previous, ...given];
}

/** An architecture may bring its variant, as in `arm/v7`. */
function architectureNames(text: string, previous: readonly string[] = []): readonly string[] {
  const given = text
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  for (const word of given) checked(() => parsePlatform(`linux/${word}`));
  return [...previous, ...given];
}

function platformNames(text: string, previous: readonly string[] = []): readonly string[] {
  const given = text
    .toLowerCase()
    .split(',')
    .map((word) => word.trim());
  for (const word of given) if (word !== 'all') checked(() => parsePlatform(word));
  return [...previous, ...given];
}

function renaming(
  text: string,
  previous: readonly (readonly [RegistryHost, RegistryHost])[] = [],
): readonly (readonly [RegistryHost, RegistryHost])[] {
  const [from = '', to = '', ...more] = text.split('=');
  if (from === '' || to === '' || more.length > 0)
    throw new InvalidArgumentError('It is FROM=TO, two registries.');
  return [...previous, checked(() => [parseRegistryHost(from), parseRegistryHost(to)] as const)];
}

function imageName(text: string): ImageName {
  return checked(() => parseImageName(text));
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new InvalidArgumentError(cause instanceof Error ? `${cause.message}.` : String(cause));
  }
}
