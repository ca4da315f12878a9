// Reloading: what asks for it, and what it does to a running server.
import type { Config } from '../config/config.ts';
import { configFileOf, loadConfig } from '../config/load.ts';
import type { ConfigSources } from '../config/load.ts';
import { ConfigError } from '../config/mistake.ts';
import { needingRestart } from '../config/restart.ts';
import { watchText } from '../config/watch.ts';
import type { RunningServer } from '../http/server.ts';
import type { Log } from '../log/log.ts';

export interface NotReloaded {
  readonly mistakes: readonly string[];
}

export interface Reloaded {
  /** How many registries are configured now. */
  readonly registries: number;
  /** Settings that have changed and hold only after a restart. */
  readonly needRestart: readonly string[];
}

/** What reload requests come to. */
export interface Reloads {
  /** From now on they are carried out; what was asked for before is carried out now. */
  carryOut(reload: (reason: string) => unknown): void;
  /** A signal is ignored from now on, and the file is let be. */
  stop(): void;
}

/** Listens for SIGHUP and for changes of the file; to be begun before the file is read for the first time. */
export function reloadRequests(sources: ConfigSources): Reloads {
  let asked: string | undefined;
  let carryOut = (reason: string): unknown => (asked = reason);
  process.on('SIGHUP', () => carryOut('SIGHUP'));
  const file = configFileOf(sources);
  const watch = file === undefined ? undefined : watchText(file, () => carryOut('the file has changed'));
  return {
    carryOut(reload) {
      carryOut = reload;
      if (asked !== undefined) reload(asked);
    },
    stop() {
      carryOut = () => undefined;
      watch?.close();
    },
  };
}

/** Loads the configuration again; where it has mistakes, each is logged and the server goes on as it was. */
export function reload(
  server: Pick<RunningServer, 'reload'>,
  { sources, running, log }: { readonly sources: ConfigSources; readonly running: Config; readonly log: Log },
): Reloaded | NotReloaded {
  let next: Config;
  try {
    next = loadConfig(sources);
  } catch (error) {
    const mistakes = error instanceof ConfigError ? error.message.split('\n') : [String(error)];
    for (const mistake of mistakes) log.error(`configuration not reloaded: ${mistake}`);
    return { mistakes };
  }
  server.reload(next);
  const registries = next.registries.length;
  log.info('configuration reloaded', { registries });
  const needRestart = needingRestart(running, next);
  if (needRestart.length > 0)
    log.warn('these settings have changed and need a restart', { settings: needRestart });
  return { registries, needRestart };
}
