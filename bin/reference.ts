// Writes the references in docs/ from what they are about: `make generate`; with --check it only tells whether they are up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { commandReference as commands } from '../src/commands/reference.ts';
import { foreignReference as foreign } from '../src/config/foreign-reference.ts';
import { reference as settings } from '../src/config/reference.ts';
import { reference as metrics } from '../src/metrics/reference.ts';

const pages = [
  { page: 'docs/commands.md', source: 'src/commands/program.ts', reference: commands },
  { page: 'docs/configuration.md', source: 'src/config/schema.ts', reference: settings },
  { page: 'docs/moving-over.md', source: 'src/config/foreign-key.ts', reference: foreign },
  { page: 'docs/metrics.md', source: 'src/metrics/definitions.ts', reference: metrics },
];
const end = '<!-- End of the reference. -->';

for (const { page, source, reference } of pages) {
  const place = new URL(`../${page}`, import.meta.url);
  const begin = `<!-- The reference is made from ${source} by \`make generate\`. -->\n`;
  const text = await readFile(place, 'utf8');
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${page} has no place for the reference from ${source}`);
  const made = `${before}${begin}\n${reference()}\n\n${end}${after}`;
  if (!process.argv.includes('--check')) await writeFile(place, made);
  else if (made !== text) {
    console.error(`${page} is not up to date: run \`make generate\``);
    process.exitCode = 1;
  }
}
