// `inventory`: what is cached, in a small file for the side that exports.
import type { ConfigSources } from '../config/load.ts';
import { lookAtShelf } from '../registry/shelf.ts';
import { writeWhole } from '../transfer/bundle-file.ts';
import { joined } from '../transfer/byte-reader.ts';
import { inventoryText } from '../transfer/inventory.ts';
import { stderrLog } from './stderr-log.ts';
import { linkCheckSaid, serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/**
 * @param output a file, or `-` for standard output
 * @throws {ConfigError}
 */
export async function inventory(sources: ConfigSources, output: string, flags: ServerFlags): Promise<void> {
  const place = workPlace(sources, flags);
  const bytes = await serverOrFiles(
    place,
    async (client) => joined((await client.octets('inventoryGet', { query: linkCheckSaid(place) })).bytes),
    (config) =>
      lookAtShelf(config.imagePath, config.linkCheck, stderrLog(config), async (shelf) =>
        Buffer.from(await inventoryText(shelf)),
      ),
  );
  if (output === '-') process.stdout.write(bytes);
  else await writeWhole(output, (write) => write(bytes));
}
