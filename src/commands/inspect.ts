// `inspect`: one image as a tree, or one blob with what leads to it.
import { CommanderError } from 'commander';
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { inspect as inspectCached } from '../registry/inspect.ts';
import { inspectText } from './inspect-text.ts';
import { startProblem } from './start-problem.ts';
import { stderrLog } from './stderr-log.ts';

/**
 * @throws {ConfigError}
 * @throws {CommanderError} when the text is neither a name nor a digest
 * @throws {Error} when it is not cached
 */
export async function inspect(
  sources: ConfigSources,
  reference: string,
  { json }: { readonly json: boolean },
): Promise<void> {
  const config = loadConfig(sources);
  const what = parse(reference);
  const { imagePath, linkCheck } = config;
  const found = await inspectCached(imagePath, what, linkCheck, stderrLog(config)).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  if (found === undefined) throw new Error(`${reference} is not cached in ${imagePath}`);
  process.stdout.write(json ? `${JSON.stringify(found, null, 2)}\n` : inspectText(found, new Date()));
}

function parse(reference: string): ImageName | Digest {
  try {
    return isDigest(reference) ? reference : parseImageName(reference);
  } catch (error) {
    if (error instanceof OciError) throw new CommanderError(2, 'commander.invalidArgument', error.message);
    throw error;
  }
}
