// Puts what the schema found into words for the person who wrote the value.
import { z } from 'zod';
import { foreignKey, keyPlace } from './foreign-key.ts';
import { closest } from './suggestion.ts';

const kinds: Readonly<Record<string, string>> = {
  object: 'must be a mapping of keys to values',
  array: 'must be a list',
};

/** What to say where the schema has no words of its own; never with the value, which may be secret. */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is missing' : kinds[issue.expected];
}

/** `registries[0].auth.user` */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}

/**
 * What to say of a key that does not exist. It is only repeated where it looks like a key and stands where no
 * secret is written: `{ user, password:hunter2 }` makes a key of the password.
 */
export function unknownKey(key: string, path: readonly PropertyKey[], known: readonly string[]): string {
  const place = keyPlace(path);
  const foreign = place && foreignKey(place, key);
  if (foreign !== undefined) {
    const ours = foreign.ours === undefined ? '' : `, here it is ${foreign.ours}`;
    return `unknown key ${key}: it is a key of ${foreign.project}${ours}; \`config convert\` translates the file`;
  }
  const hidden = path.includes('auth') || !/^[A-Za-z][A-Za-z_-]{0,40}$/.test(key);
  const meant = closest(key, known);
  const advice = meant === undefined ? `the keys here are ${known.join(', ')}` : `did you mean ${meant}?`;
  return `unknown key${hidden ? '' : ` ${key}`}; ${advice}`;
}

/** The keys of the mapping that the schema expects at a path. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  const bare = unwrapped(schema);
  const [step, ...rest] = path;
  if (bare instanceof z.ZodArray) return keysAt(bare.element, rest);
  if (!(bare instanceof z.ZodObject)) return [];
  if (step === undefined) return Object.keys(bare.shape);
  const inner: unknown = bare.shape[String(step)];
  return inner instanceof z.ZodType ? keysAt(inner, rest) : [];
}

/** What an optional or transformed value is written as. */
export function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional) return unwrapped(schema.unwrap());
  // An object that is transformed after it was parsed.
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in);
  return schema;
}
