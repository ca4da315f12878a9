// The kinds of values that settings have. Flags and environment variables are text, so each kind also reads its text.
import { z } from 'zod';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { Revalidation } from './config.ts';
import { formatDuration, MAX_DURATION_MS, parseDuration } from './duration.ts';
import { readPemFile } from './pem-file.ts';
import { parseShare, parseSize } from './size.ts';
import type { Share } from './size.ts';

export function text() {
  return z.string({
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be text; put quotes around it'),
  });
}

export function filledText() {
  return text().min(1, { error: 'must not be empty' });
}

export function oneOf<const T extends readonly [string, ...string[]]>(...choices: T) {
  const choice = z.enum(choices, {
    error: `must be ${choices.slice(0, -1).join(', ')} or ${choices.at(-1) ?? ''}`,
  });
  return z.preprocess((value) => (typeof value === 'string' ? value.toLowerCase() : value), choice);
}

/** A scalar's text; a list or a mapping has none, and perhaps a `toString` that is no function. */
function written(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : '';
}

/** Also the words that YAML before 1.2 read as true and false. */
const words: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, on: true, '1': true },
  ...{ false: false, no: false, off: false, '0': false },
};

export function yesOrNo() {
  const error = 'must be true or false';
  return z.preprocess((value) => words[written(value).toLowerCase()] ?? value, z.boolean({ error }));
}

export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`;
  return z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int({ error }).min(min, { error }).max(max, { error }),
  );
}

/** In milliseconds; a bare number is milliseconds already. */
export function duration(min: number) {
  const error = `must be a number of milliseconds of at least ${min}, or a duration such as 500ms, 60s or 10m`;
  return z.preprocess(
    (value) =>
      typeof value === 'string'
        ? (parseDuration(/^\d+$/.test(value) ? `${value}ms` : value) ?? value)
        : value,
    z.int({ error }).min(min, { error }).max(MAX_DURATION_MS, { error }),
  );
}

/** In milliseconds, with its unit, and as long as anybody likes: no timer waits for it. */
export function span(min: number) {
  const error = `must be a duration with its unit of at least ${formatDuration(min)}, such as 12h or 90d`;
  return z.preprocess(
    (value) => (typeof value === 'string' ? (parseDuration(value, Infinity) ?? value) : NaN),
    z.int({ error }).min(min, { error }),
  );
}

/** In bytes. */
export function size() {
  const error = 'must be a size such as 50GiB, 50GB or 500M, or a number of bytes';
  return z.preprocess(
    (value) => (typeof value === 'string' ? (parseSize(value) ?? value) : value),
    z.int({ error }).min(0, { error }),
  );
}

export function share() {
  return z.unknown().transform((value, context): Share => {
    const parsed = parseShare(written(value));
    if (parsed !== undefined) return parsed;
    context.addIssue({
      code: 'custom',
      message: 'must be a percentage such as 10%, or a size such as 20GiB',
    });
    return z.NEVER;
  });
}

export function revalidation() {
  return z.unknown().transform((value, context): Revalidation => {
    if (value === 'always' || value === 'never') return value;
    const ms = typeof value === 'string' ? parseDuration(value) : undefined;
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: 'must be always, never, or a duration with its unit, such as 10m',
    });
    return z.NEVER;
  });
}

export function registryHost() {
  return text().transform((value, context): RegistryHost => {
    try {
      return parseRegistryHost(value);
    } catch (cause) {
      context.addIssue({
        code: 'custom',
        message: cause instanceof Error ? cause.message : 'is no registry host',
      });
      return z.NEVER;
    }
  });
}

const hostError = 'must be a host name or an address; the port is a setting of its own';

function isListenHost(host: string): boolean {
  return /^(?:[A-Za-z0-9._-]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%\w+)?)$/.test(host);
}

/** IPv6 is written with or without its brackets. */
function withoutBrackets(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

/** Where to listen: a name or an address. */
export function listenHost() {
  return text().transform(withoutBrackets).refine(isListenHost, { error: hostError });
}

/** Several of them, as a list or with commas between them; as one text, which a flag can hold. */
export function listenHosts() {
  return z
    .preprocess(
      (written) => (typeof written === 'string' ? written.split(',') : written),
      z.array(text(), { error: 'must be an address, or a list of them' }),
    )
    .transform((hosts) => hosts.map((host) => withoutBrackets(host.trim())))
    .refine((hosts) => hosts.length > 0 && hosts.every(isListenHost), { error: hostError })
    .refine((hosts) => hosts.length < 2 || !hosts.includes(''), {
      error: 'must not be empty beside others; alone, that is every address',
    })
    .refine((hosts) => new Set(hosts).size === hosts.length, { error: 'has an address twice' })
    .transform((hosts) => hosts.join(','));
}

/** The path of a PEM file, made absolute by `resolve`; read once, so that a wrong one is known now and not at the first pull. */
export function pemFile() {
  return filledText().superRefine((path, context) => {
    try {
      readPemFile(path);
    } catch (error) {
      context.addIssue({
        code: 'custom',
        message: error instanceof Error ? error.message : 'cannot be read',
      });
    }
  });
}
