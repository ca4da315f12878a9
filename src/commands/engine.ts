// An engine of a command's own, which a server on the same directory does not mind.
import type { Config } from '../config/config.ts';
import type { ConfigSources } from '../config/load.ts';
import type { Log } from '../log/log.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { startProblem } from './start-problem.ts';

export interface Engine {
  readonly registry: Registry;
  /** Ends it before its time; it is closed anyway. */
  readonly close: () => Promise<void>;
}

/**
 * Opens an engine, and closes it when the work is done.
 * @throws {Error} with the remedy, when it cannot be opened
 */
export async function withEngine<T>(
  sources: ConfigSources,
  config: Config,
  log: Log,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const options = { log, ...(sources.environment && { environment: sources.environment }) };
  const registry = await openRegistry(forLoading(config), options).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => (closing ??= registry.close());
  try {
    return await work({ registry, close });
  } finally {
    await close();
  }
}

/** Completion and rehearsal are for what clients pull, the scrub for servers; here all that is wanted is asked for. */
function forLoading({ scrubIntervalMs: _scrub, ...config }: Config): Config {
  const registries = config.registries.map(({ complete: _complete, ...entry }) => entry);
  return { ...config, complete: false, rehearseAirGap: false, registries };
}
