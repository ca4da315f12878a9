// `config convert`: prints what another program's file is in ours, and says what still has to be mended by hand.
import { convertFile } from '../config/convert.ts';
import { parseConfigFile } from '../config/file.ts';
import { ConfigError } from '../config/mistake.ts';

/** @throws {ConfigError} when the file cannot be read, or what came of it has mistakes; it is printed all the same */
export function configConvert(file: string): void {
  const text = convertFile(file);
  process.stdout.write(text);
  const { mistakes } = parseConfigFile(text, 'the output');
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}
