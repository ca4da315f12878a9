// `list`: what is cached, as a table or as JSON.
import type { ConfigSources } from '../config/load.ts';
import { listImages } from '../registry/list.ts';
import type { ImageRow, ListOptions } from '../registry/list.ts';
import { imageTable } from './image-table.ts';
import { stderrLog } from './stderr-log.ts';
import { linkCheckSaid, nameOf, serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

export interface ListCommandOptions extends Pick<ListOptions, 'pattern' | 'sort'>, ServerFlags {
  readonly json: boolean;
}

/** @throws {ConfigError} */
export async function list(
  sources: ConfigSources,
  { json, pattern, sort, ...flags }: ListCommandOptions,
): Promise<void> {
  const place = workPlace(sources, flags);
  const options = { ...(pattern !== undefined && { pattern }), ...(sort !== undefined && { sort }) };
  const rows = await serverOrFiles<readonly ImageRow[]>(
    place,
    async (client) =>
      (await client.json('imagesList', { query: { ...options, ...linkCheckSaid(place) } })).images,
    (config) => {
      const { imagePath, linkCheck } = config;
      return listImages(imagePath, stderrLog(config), { ...options, linkCheck });
    },
  );
  if (json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else if (rows.length === 0) process.stdout.write(nothing(nameOf(place), pattern));
  else process.stdout.write(imageTable(rows, new Date()));
}

function nothing(where: string, pattern: string | undefined): string {
  return `nothing ${pattern === undefined ? '' : `like ${pattern} `}is cached in ${where}\n`;
}
