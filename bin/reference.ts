// Writes the reference in docs/configuration.md from the schema: `make generate`; with --check it only tells whether it is up to date.
import { readFile, writeFile } from 'node:fs/promises';
import { reference } from '../src/config/reference.ts';

const page = new URL('../docs/configuration.md', import.meta.url);
const begin = '<!-- The reference is made from src/config/schema.ts by `make generate`. -->\n';
const end = '<!-- End of the reference. -->';

const text = await readFile(page, 'utf8');
const [before, rest] = text.split(begin);
const after = rest?.split(end)[1];
if (before === undefined || after === undefined)
  throw new Error('docs/configuration.md has no place for the reference');
const made = `${before}${begin}\n${reference()}\n\n${end}${after}`;
if (!process.argv.includes('--check')) await writeFile(page, made);
else if (made !== text) {
  console.error('docs/configuration.md is not up to date: run `make generate`');
  process.exitCode = 1;
}
