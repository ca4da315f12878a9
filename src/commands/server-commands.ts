// The verbs that ask a running server.
import type { Command } from 'commander';
import { missed } from './missed.ts';
import { reloadServer } from './reload-server.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';
import { stop } from './stop.ts';
import { upstreams } from './upstreams.ts';
import { addPlaceOptions, addServerOptions } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

const asking = ['image_path', 'log_level', 'log_format'] as const;
const jsonHelp = 'Print JSON, with everything exact.';

export function addServerCommands(program: Command): void {
  const missedCommand = program
    .command('missed')
    .description('List what was refused because no upstream could be asked, and what a rehearsal has noted.')
    .option('--json', jsonHelp)
    .option('--list', 'Print only what load is to be given to bring it in, a line each.')
    .option('--clear', 'Forget it all.')
    .action((given: ServerFlags & { readonly json?: true; readonly list?: true; readonly clear?: true }) =>
      missed(sourcesOf(missedCommand), { json: false, list: false, clear: false, ...given }),
    );
  addPlaceOptions(missedCommand);
  addSettingOptions(missedCommand, asking);

  const upstreamsCommand = program
    .command('upstreams')
    .description('Show how the registries fare that the running server has asked.')
    .option('--json', jsonHelp)
    .action(({ json, ...given }: ServerFlags & { readonly json?: true }) =>
      upstreams(sourcesOf(upstreamsCommand), { json: json ?? false, ...given }),
    );
  addServerOptions(upstreamsCommand);
  addSettingOptions(upstreamsCommand, asking);

  const reloadCommand = program
    .command('reload')
    .description('Have the running server read its configuration again, as SIGHUP does.')
    .action((given: ServerFlags) => reloadServer(sourcesOf(reloadCommand), given));
  addServerOptions(reloadCommand);
  addSettingOptions(reloadCommand, asking);

  const stopCommand = program
    .command('stop')
    .description('Stop the running server, as SIGTERM does, and wait until it has stopped.')
    .action((given: ServerFlags) => stop(sourcesOf(stopCommand), given));
  addServerOptions(stopCommand);
  addSettingOptions(stopCommand, asking);
}
