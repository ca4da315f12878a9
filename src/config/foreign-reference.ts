// Where each setting of the two programs whose users come here has its place, as Markdown, from the table that translates them.
import { foreignKeys } from './foreign-key.ts';
import type { ForeignKey, KeyPlace } from './foreign-key.ts';

const prefixes: Readonly<Record<KeyPlace, string>> = {
  file: '',
  entry: 'registries[].',
  auth: 'registries[].auth.',
  tls: 'registries[].tls.',
  server_tls: 'serverTlsConfig.',
};

export function foreignReference(): string {
  return (['the Go project', 'Trow'] as const)
    .map((project) => {
      const rows = foreignKeys.filter((key) => key.project === project).map(row);
      return `## The settings of ${project}\n\nThose that are not listed are called the same here.\n\n| there | here |\n|---|---|\n${rows.join('\n')}`;
    })
    .join('\n\n');
}

function row({ place, key, ours, why }: ForeignKey): string {
  return `| \`${prefixes[place]}${key}\` | ${ours === undefined ? `nothing: ${why ?? ''}` : `\`${ours}\``} |`;
}
