// The reference of the metrics, as Markdown, from their definitions.
import { definitions } from './definitions.ts';
import type { Definition } from './definitions.ts';

export function reference(): string {
  const rows = Object.values<Definition>(definitions).map(({ name, type, labelNames, help }) => {
    const labels = labelNames.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${labels} | ${help} |`;
  });
  return ['| metric | type | labels | |', '|---|---|---|---|', ...rows].join('\n');
}
