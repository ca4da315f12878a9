// `serve`: runs the server until it is told to stop, then lets running pulls finish.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { startServer } from '../http/server.ts';
import { banner } from './banner.ts';
import { stderrLog } from './stderr-log.ts';
import { startProblem } from './start-problem.ts';

/**
 * Serves until SIGTERM or SIGINT; a second signal ends the process at once.
 * @throws {ConfigError}
 * @throws {Error} with the remedy, when the server cannot start
 */
export async function serve(sources: ConfigSources): Promise<void> {
  const config = loadConfig(sources);
  const log = stderrLog(config);
  const stop = stopSignal();
  const options = sources.environment === undefined ? {} : { environment: sources.environment };
  const starting = startServer(config, log, options).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  // A large cache takes a while to index; there is nothing to finish before that is done.
  const server = await Promise.race([starting, stop.then(() => undefined)]);
  if (server === undefined) return;
  process.stdout.write(banner(config, server, owner()));
  const signal = await stop;
  log.info('stopping: running pulls may finish', { signal, graceMs: config.shutdownGraceMs });
  await server.close(config.shutdownGraceMs);
  log.info('stopped');
}

/** Heard from before the start, so that a signal in the midst of it is not lost. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (signal: NodeJS.Signals, number: number): void => {
      if (stopping) process.exit(128 + number);
      stopping = true;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

function owner(): string {
  return `${process.getuid?.() ?? '?'}:${process.getgid?.() ?? '?'}`;
}
