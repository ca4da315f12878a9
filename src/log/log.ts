// The log: levelled lines with fields, as text or JSON, that show no secret whatever the caller passes.
import { Logger } from 'tslog';
import { jsonLine, textLine } from './line.ts';
import type { LogRecord } from './line.ts';

/** From the most to the least talkative. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logFormats = ['text', 'json'] as const;
export type LogFormat = (typeof logFormats)[number];

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  readonly level: LogLevel;
  /** Whether a line of this level would be written; ask before building costly fields. */
  enabled(level: LogLevel): boolean;
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with fields that every line of it carries. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line, without its line break. */
  readonly write: (line: string) => void;
  readonly clock?: () => Date;
}

/** tslog's number of a level, in whose steps ours lie. */
const levelIds: Readonly<Record<LogLevel, number>> = { trace: 1, debug: 2, info: 3, warn: 4, error: 5 };

/** Makes a log; errors come with their stacks from level debug on. Lines below its level cost one comparison. */
export function createLog({ level, format, write, clock = () => new Date() }: LogOptions): Log {
  const logger = new Logger<LogRecord>({
    type: 'hidden',
    minLevel: levelIds[level],
    stack: { capture: 'off' },
    meta: { attachContext: false },
  });
  logger.attachTransport({
    format: format === 'json' ? jsonLine : textLine,
    write: (_, line) => write(line),
  });
  const stacks = levelIds[level] <= levelIds.debug;
  const emit: Emit = (at, message, fields) => {
    logger.log(levelIds[at], at, { time: clock(), level: at, message, fields, stacks });
  };
  return logThrough(level, emit);
}

/** Takes a line that is to be written. */
export type Emit = (level: LogLevel, message: string, fields: LogFields) => void;

/** A log whose lines somebody else writes. */
export function logThrough(level: LogLevel, emit: Emit, bound: LogFields = {}): Log {
  const enabled = (at: LogLevel): boolean => levelIds[at] >= levelIds[level];
  const line =
    (at: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (enabled(at)) emit(at, message, { ...bound, ...fields });
    };
  return {
    level,
    enabled,
    trace: line('trace'),
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
    child: (fields) => logThrough(level, emit, { ...bound, ...fields }),
  };
}

/** Says nothing; for tests. */
export const silentLog: Log = {
  level: 'error',
  enabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
