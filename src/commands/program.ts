// The command line: its verbs, the seed's flags that are verbs, and how every error ends.
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../config/mistake.ts';
import { closest } from '../config/suggestion.ts';
import { CommandFailure } from './command-failure.ts';
import { addCacheCommands } from './cache-commands.ts';
import { addConfigCommands } from './config-commands.ts';
import { list } from './list.ts';
import { load } from './load.ts';
import { addLoadFileOption, addLoadOptions, addPreloadOptions } from './load-options.ts';
import type { LoadFlags, PreloadFlags } from './load-options.ts';
import { addPruneCommands } from './prune-commands.ts';
import { addMirrorCommands } from './mirror-commands.ts';
import { serve } from './serve.ts';
import { addServerCommands } from './server-commands.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';
import { addTransferCommands } from './transfer-commands.ts';
import { versionLine } from './version.ts';
import { addPlaceOptions } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

interface ProgramFlags extends PreloadFlags {
  readonly listCache?: true;
  readonly loadImages?: readonly string[];
}

/** The command line was understood and failed, or was not understood. */
const failed = 1;
const misused = 2;

/**
 * Runs one command line, and says on stderr what went wrong, a line for each mistake.
 * @returns the exit status
 */
export async function run(argv: readonly string[]): Promise<number> {
  const program = createProgram();
  try {
    await program.parseAsync(argv);
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const { lines, status } = ending(error);
    for (const line of lines) process.stderr.write(`${program.name()}: ${line}\n`);
    return status;
  }
}

export function createProgram(): Command {
  const program = new Command('ociregistry')
    .description('A pull-only, pull-through, caching OCI distribution server. Without a command it serves.')
    .usage('[command] [options]')
    .version(versionLine(), '--version', 'Print the version.')
    .helpOption('-h, --help', 'Print this help.')
    .helpCommand('help [command]', 'Print the help of a command.')
    .enablePositionalOptions()
    .configureOutput({ outputError: () => undefined })
    .exitOverride()
    .option('--list-cache', 'The same as the command list.')
    .action(async (options: ProgramFlags) => {
      const [unknown] = program.args;
      if (unknown !== undefined) throw unknownCommand(program, unknown);
      const { loadImages, listCache, json = false } = options;
      if (listCache) await list(sourcesOf(program), { json });
      else if (loadImages !== undefined) await load(sourcesOf(program), loadImages, options);
      else await serve(sourcesOf(program), options);
    });
  addLoadFileOption(program);
  addPreloadOptions(program);
  addLoadOptions(program);
  addSettingOptions(program);

  const serveCommand = program
    .command('serve')
    .description('Serve images, and pull through what is not cached (the default).')
    .action((options: PreloadFlags) => serve(sourcesOf(serveCommand), options));
  addPreloadOptions(serveCommand);
  addLoadOptions(serveCommand);
  addSettingOptions(serveCommand);

  const loadCommand = program
    .command('load')
    .description(
      'Bring images into the cache: those that lists or Kubernetes manifests name, or that archives hold.',
    )
    .argument(
      '<SOURCE...>',
      'A list of references, YAML, an archive (docker save, podman save, ctr export, OCI layout), a pattern of such files, or - for standard input.',
    )
    .action((files: readonly string[], options: LoadFlags & ServerFlags) =>
      load(sourcesOf(loadCommand), files, options),
    );
  addLoadOptions(loadCommand);
  addPlaceOptions(loadCommand);
  addSettingOptions(loadCommand);

  addCacheCommands(program);
  addTransferCommands(program);
  addPruneCommands(program);

  addServerCommands(program);

  addConfigCommands(program);
  addMirrorCommands(program);

  program
    .command('version')
    .description('Print the version.')
    .action(() => void process.stdout.write(`${versionLine()}\n`));
  // For the program an excess argument is a command that does not exist, which its action says better. Set last: commands inherit.
  return program.allowExcessArguments();
}

function unknownCommand(program: Command, word: string): CommanderError {
  const meant = closest(
    word,
    program.commands.map((command) => command.name()),
  );
  const advice = meant === undefined ? '' : ` (Did you mean ${meant}?)`;
  return new CommanderError(misused, 'commander.unknownCommand', `unknown command '${word}'${advice}`);
}

function ending(error: unknown): { readonly lines: readonly string[]; readonly status: number } {
  if (error instanceof CommanderError) {
    // A verb of verbs, alone: its help has been printed.
    if (error.code === 'commander.help') return { lines: [], status: misused };
    const message = error.message
      .replace(/^error: /, '')
      .replaceAll('\n', ' ')
      .replace(/\.$/, '');
    return { lines: [`${message}; see --help`], status: misused };
  }
  if (error instanceof CommandFailure) return error;
  if (error instanceof ConfigError) {
    const status = error.mistakes.some(({ usage }) => usage) ? misused : failed;
    return { lines: error.message.split('\n'), status };
  }
  return {
    lines: [error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error)],
    status: failed,
  };
}
