// The verbs of `config`.
import type { Command } from 'commander';
import { configCheck } from './config-check.ts';
import { configConvert } from './config-convert.ts';
import { configShow } from './config-show.ts';
import { addSettingOptions, sourcesOf } from './setting-options.ts';

export function addConfigCommands(program: Command): void {
  const config = program.command('config').description('Check, show or convert configuration files.');
  config
    .command('check <FILE>')
    .description('Report every mistake in a file, and in the files that it names.')
    .action((file: string) => configCheck(file));
  const show = config
    .command('show')
    .description('Print the configuration that holds, as a file, with secrets masked.')
    .action(() => configShow(sourcesOf(show)));
  addSettingOptions(show);
  config
    .command('convert <FILE>')
    .description('Print a configuration of the Go project, or of Trow, as one of this server.')
    .action((file: string) => configConvert(file));
}
