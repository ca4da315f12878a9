// The reference of the command line, as Markdown, from the program that reads it.
import { Help } from 'commander';
import type { Command } from 'commander';
import { settings } from '../config/setting.ts';
import { createProgram } from './program.ts';

const WIDTH = 110;
const settingFlags = new Set(settings.map(({ flag }) => flag));

/** The help of every command; of settings only the flags, since their meaning has a reference of its own. */
export function commandReference(): string {
  return withInner(createProgram()).map(section).join('\n\n');
}

function withInner(command: Command): readonly Command[] {
  return [command, ...command.commands.filter((inner) => inner.name() !== 'help').flatMap(withInner)];
}

function section(command: Command): string {
  const options = new Help().visibleOptions(command);
  command.configureOutput({ getOutHelpWidth: () => WIDTH, getOutHasColors: () => false }).configureHelp({
    visibleOptions: () => options.filter(({ long }) => !settingFlags.has(long ?? '')),
  });
  const help = `\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\``;
  const others = options.flatMap(({ long }) => (settingFlags.has(long ?? '') ? [`\`${long}\``] : []));
  const settingsToo = others.length === 0 ? [] : [`Settings: ${others.join(', ')}.`];
  return [`## ${nameOf(command)}`, help, ...settingsToo].join('\n\n');
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}
