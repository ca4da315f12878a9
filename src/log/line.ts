// Renders one log record as one line without secrets, as text for people or as JSON for machines.
import { maskText, maskValue } from './secret.ts';

export interface LogRecord {
  readonly time: Date;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Whether errors come with their stacks. */
  readonly stacks: boolean;
}

/** `{"time","level","message",…fields}`; a field never replaces one of these three. */
export function jsonLine({ time, level, message, fields, stacks }: LogRecord): string {
  const line: Record<string, unknown> = { time: time.toISOString(), level, message };
  for (const [key, value] of Object.entries(fields)) line[key in line ? `${key}_` : key] = value;
  return stringify(line, stacks);
}

/** `2026-11-21T07:45:00.123Z INFO  message key=value key="value with spaces"`. */
export function textLine({ time, level, message, fields, stacks }: LogRecord): string {
  const pairs = Object.entries(fields).map(([key, value]) =>
    value === undefined ? '' : ` ${printable(key)}=${textValue(maskValue(key, value), stacks)}`,
  );
  return `${time.toISOString()} ${level.toUpperCase().padEnd(5)} ${printable(maskText(message))}${pairs.join('')}`;
}

function textValue(value: unknown, stacks: boolean): string {
  if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
  const shown = value instanceof Error && !stacks ? maskText(errorText(value)) : value;
  if (typeof shown === 'string' && /^[^\s"'=\p{C}]+$/u.test(shown)) return shown;
  return printable(stringify(shown, stacks));
}

/** An error and what caused it, on one line: most of ours are wrapped at each layer that knew more. */
function errorText(error: Error): string {
  const chain: string[] = [];
  for (let at: unknown = error; at !== undefined && chain.length < 8;) {
    // Node reports a connection that failed on every address with an empty message and a code.
    chain.push(
      at instanceof Error ? at.message || ('code' in at && String(at.code)) || at.name : stringify(at, false),
    );
    at = at instanceof Error ? at.cause : undefined;
  }
  return chain.join(': ');
}

/** JSON that never throws, loses no error, and shows no secret at any depth. */
function stringify(value: unknown, stacks: boolean): string {
  const above: unknown[] = [];
  function visit(this: unknown, key: string, raw: unknown): unknown {
    const at = maskValue(key, raw);
    if (typeof at === 'bigint') return String(at);
    if (typeof at !== 'object' || at === null) return at;
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (above.includes(at)) return '[circular]';
    const plain = at instanceof Error ? plainError(at, stacks) : at;
    above.push(plain);
    return plain;
  }
  try {
    return JSON.stringify(value, visit);
  } catch (cause) {
    return JSON.stringify(`[not loggable: ${cause instanceof Error ? cause.name : 'unknown'}]`);
  }
}

/** An error's own properties are hidden from JSON. */
function plainError(error: Error, stacks: boolean): Record<string, unknown> {
  const own = Object.fromEntries(Object.entries(error));
  return {
    name: error.name,
    message: error.message,
    ...own,
    cause: error.cause,
    stack: stacks ? error.stack : undefined,
  };
}

/** A line stays one line and moves no cursor, whatever a client put into a path or an upstream into a header. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
