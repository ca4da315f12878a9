// The log of a command: on stderr, so that stdout has only what was asked for.
import type { Config } from '../config/config.ts';
import { createLog } from '../log/log.ts';
import type { Log } from '../log/log.ts';

export function stderrLog({ logLevel, logFormat }: Config): Log {
  return createLog({
    level: logLevel,
    format: logFormat,
    write: (line) => process.stderr.write(`${line}\n`),
  });
}
