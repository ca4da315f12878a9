// Whether the process is alive, and whether it is ready, for those who start it and send clients to it.
import type { Handlers } from '../../api/bind.ts';
import type { Answer } from '../../api/contract.ts';
import { healthRoutes } from '../../api/health-routes.gen.ts';
import type { Config } from '../config/config.ts';
import type { Log } from '../log/log.ts';
import { addressOf, closeListener, createListener, listen, urlOf } from './listener.ts';
import type { ServerState } from './server-state.ts';
import { answering, createSmallApp } from './small-app.ts';

export interface HealthListener extends AsyncDisposable {
  readonly url: string;
}

/**
 * Listens on the port for health; undefined where none is configured. To be opened first and closed last: a large
 * directory takes a while to index, and running pulls take a while to finish.
 * @throws {Error} with `code` EADDRINUSE, EACCES or the like
 */
export async function openHealth(
  { healthHost, healthPort }: Pick<Config, 'healthHost' | 'healthPort'>,
  state: ServerState,
  log: Log,
): Promise<HealthListener | undefined> {
  if (healthPort === undefined) return undefined;
  const app = createSmallApp(log);
  answering(app, healthRoutes, healthHandlers(state));
  const server = createListener(app.fetch);
  await listen(server, addressOf(healthHost, healthPort));
  return {
    url: `${urlOf(healthHost, server)}/readyz`,
    [Symbol.asyncDispose]: () => closeListener(server),
  };
}

export function healthHandlers(state: ServerState): Handlers<undefined, string, typeof healthRoutes> {
  const alive = (): Answer<string, 200> => text(200, 'ok');
  const ready = (): Answer<string, 200 | 503> =>
    state.unready === undefined ? text(200, 'ok') : text(503, `not ready: ${state.unready}`);
  return { healthzGet: alive, healthGet: alive, readyzGet: ready, readinessGet: ready };
}

function text<S extends number>(status: S, line: string): Answer<string, S> {
  return { status, headers: { 'Content-Type': 'text/plain' }, body: `${line}\n` };
}
