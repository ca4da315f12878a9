// The log of a thread: its lines are written by the server.
import type { Log, LogFields, LogLevel } from '../log/log.ts';
import { logLevels } from '../log/log.ts';
import type { FromThread } from './thread-messages.ts';

export function postedLog(
  level: LogLevel,
  post: (message: FromThread & { readonly kind: 'log' }) => void,
  bound: LogFields = {},
): Log {
  const enabled = (at: LogLevel): boolean => logLevels.indexOf(at) >= logLevels.indexOf(level);
  const line =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (enabled(at)) post({ kind: 'log', level: at, message, fields: { ...bound, ...fields } });
    };
  return {
    level,
    enabled,
    trace: line('trace'),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => postedLog(level, post, { ...bound, ...fields }),
  };
}
