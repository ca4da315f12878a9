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
import { missed } from './missed.ts';
import { serve } from './serve.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';
import { upstreams } from './upstreams.ts';
import { versionLine } from './version.ts';

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

function createProgram(): Command {
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
    .description('Bring images into the cache: those that lists, or Kubernetes manifests in YAML, name.')
    .argument('<SOURCE...>', 'A list of references, YAML, a pattern of such files, or - for standard input.')
    .action((files: readonly string[], options: LoadFlags) => load(sourcesOf(loadCommand), files, options));
  addLoadOptions(loadCommand);
  addSettingOptions(loadCommand);

  addCacheCommands(program);

  const missedCommand = program
    .command('missed')
    .description('List what was refused because no upstream could be asked, and what a rehearsal has noted.')
    .option('--json', 'Print JSON, with everything exact.')
    .option('--list', 'Print only what load is to be given to bring it in, a line each.')
    .option('--clear', 'Forget it all.')
    .action((options: { readonly json?: true; readonly list?: true; readonly clear?: true }) =>
      missed(sourcesOf(missedCommand), {
        json: options.json ?? false,
        list: options.list ?? false,
        clear: options.clear ?? false,
      }),
    );
  addSettingOptions(missedCommand, ['image_path', 'log_level', 'log_format']);

  const upstreamsCommand = program
    .command('upstreams')
    .description('Show how the registries fare that the running server has asked.')
    .option('--json', 'Print JSON, with everything exact.')
    .action((options: { readonly json?: true }) =>
      upstreams(sourcesOf(upstreamsCommand), { json: options.json ?? false }),
    );
  addSettingOptions(upstreamsCommand, ['image_path', 'log_level', 'log_format']);

  addConfigCommands(program);

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
