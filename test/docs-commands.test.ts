// The commands in the documentation are commands: the program understands every line that calls it.
import { readdirSync, readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../src/commands/program.ts';
import { commandReference } from '../src/commands/reference.ts';

const root = new URL('../', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md') && name !== 'commands.md')
    .map((name) => `docs/${name}`),
];

interface Call {
  readonly place: string;
  readonly words: readonly string[];
}

/** What a shell would give the program, as far as documentation needs it: quotes, and where a command ends. */
function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  for (const [token] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"|;<>&])+|[|;<>&]|\d?>/g)) {
    if (/^[|;<>&#]/.test(token)) break;
    words.push(token.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'));
  }
  return words;
}

const calls: readonly Call[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(?:sh|console|bash|)\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .flatMap((line) => line.split(/(?:^|[\s/])bin\/server(?= |$)/).slice(1))
      .filter((line) => !line.includes('…'))
      .map((line) => ({ place: `${page}: bin/server${line}`, words: wordsOf(line) })),
  ),
);

/** The program with nothing behind its commands. */
function idle(command: Command): Command {
  command.action(() => undefined);
  for (const inner of command.commands) idle(inner);
  return command;
}

test('the reference is that of the program', () => {
  expect(read('docs/commands.md')).toContain(commandReference());
});

describe('every command can be given', () => {
  test('there are some', () => {
    expect(calls.length).toBeGreaterThan(60);
  });

  test.each(calls)('$place', async ({ words }) => {
    await idle(createProgram()).parseAsync(words, { from: 'user' });
  });

  test('one that does not exist cannot', async () => {
    await expect(
      idle(createProgram()).parseAsync(['list', '--frobnicate'], { from: 'user' }),
    ).rejects.toThrow(/unknown option/);
  });
});
