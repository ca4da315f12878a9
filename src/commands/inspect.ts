// `inspect`: one image as a tree, or one blob with what leads to it.
import { CommanderError } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { inspect as inspectCached } from '../registry/inspect.ts';
import type { Inspected } from '../registry/inspect.ts';
import { ServerRefusal } from './admin-client.ts';
import { inspectText } from './inspect-text.ts';
import { stderrLog } from './stderr-log.ts';
import { linkCheckSaid, nameOf, serverOrFiles, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';

/**
 * @throws {ConfigError}
 * @throws {CommanderError} when the text is neither a name nor a digest
 * @throws {Error} when it is not cached
 */
export async function inspect(
  sources: ConfigSources,
  reference: string,
  { json, ...flags }: ServerFlags & { readonly json: boolean },
): Promise<void> {
  const place = workPlace(sources, flags);
  const what = parse(reference);
  const found = await serverOrFiles<Inspected | undefined>(
    place,
    (client) => client.json('inspectGet', { query: { reference, ...linkCheckSaid(place) } }).catch(notCached),
    (config) => inspectCached(config.imagePath, what, config.linkCheck, stderrLog(config)),
  );
  if (found === undefined) throw new Error(`${reference} is not cached in ${nameOf(place)}`);
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : inspectText(found, new Date()));
}

function notCached(error: unknown): undefined {
  if (error instanceof ServerRefusal && error.code === 'MANIFEST_UNKNOWN') return undefined;
  throw error;
}

function parse(reference: string): ImageName | Digest {
  try {
    return isDigest(reference) ? reference : parseImageName(reference);
  } catch (error) {
    if (error instanceof OciError) throw new CommanderError(2, 'commander.invalidArgument', error.message);
    throw error;
  }
}
