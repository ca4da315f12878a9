// Parses a request's parameters as the route table describes them.
import { parseDigest } from '../src/oci/digest.ts';
import { OciError } from '../src/oci/errors.ts';
import { parseReference } from '../src/oci/reference.ts';
import { parseRegistryHost } from '../src/oci/registry-host.ts';
import type { AnyOperationId, ParameterSchema, Parameters, Route } from './contract.ts';

/** Where the raw values come from; Hono's context in production. */
export interface ParameterSource {
  path(name: string): string | undefined;
  query(name: string): string | undefined;
  header(name: string): string | undefined;
}

interface Rule {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly parse: (text: string) => unknown;
}

/**
 * Prepares the parser of one operation's parameters.
 * @throws {OciError} (the parser) with the specification's code for the first parameter that does not parse
 */
export function parameterParser<Id extends AnyOperationId>(
  route: Route,
): (source: ParameterSource) => Parameters<Id> {
  const rules: readonly Rule[] = route.parameters.map((parameter) => ({
    name: parameter.name,
    in: parameter.in,
    required: parameter.required,
    parse: parser(parameter.name, parameter.schema),
  }));
  return (source) => {
    const groups = { path: {}, query: {}, header: {} } as Record<Rule['in'], Record<string, unknown>>;
    for (const rule of rules) {
      const text = source[rule.in](rule.name);
      if (text === undefined) {
        if (rule.required) throw new OciError('NAME_INVALID', `${rule.name} is missing`);
        continue;
      }
      groups[rule.in][rule.name] = rule.parse(text);
    }
    return groups as unknown as Parameters<Id>;
  };
}

function parser(name: string, schema: ParameterSchema): (text: string) => unknown {
  switch (schema.format) {
    case 'digest':
      return parseDigest;
    case 'reference':
      return parseReference;
    case 'registry-host':
      return parseRegistryHost;
    case 'repository-path':
      return matching(new RegExp(schema.pattern ?? '', 'v'), schema.maxLength ?? Infinity);
  }
  if (schema.choices !== undefined) return choice(name, schema.choices);
  if (schema.type === 'boolean') return boolean(name);
  if (schema.type === 'integer') return integer(name, schema.minimum ?? -Infinity);
  return bounded(name, schema.maxLength ?? Infinity);
}

function matching(pattern: RegExp, maxLength: number) {
  return (text: string): string => {
    if (text.length > maxLength || !pattern.test(text)) {
      throw new OciError('NAME_INVALID', `'${text.slice(0, 100)}' is not a repository name`, {
        detail: {
          grammar: 'lower-case letters, digits, and single . _ __ or - between them; / between segments',
        },
      });
    }
    return text;
  };
}

function integer(name: string, minimum: number) {
  return (text: string): number => {
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (!(value >= minimum)) {
      throw new OciError('UNSUPPORTED', `${name} must be a whole number from ${minimum}`, { status: 400 });
    }
    return value;
  };
}

function boolean(name: string) {
  const chosen = choice(name, ['true', 'false']);
  return (text: string): boolean => chosen(text) === 'true';
}

function choice(name: string, choices: readonly string[]) {
  return (text: string): string => {
    if (!choices.includes(text)) {
      throw new OciError('UNSUPPORTED', `${name} must be one of ${choices.join(', ')}`, { status: 400 });
    }
    return text;
  };
}

function bounded(name: string, maxLength: number) {
  return (text: string): string => {
    if (text.length > maxLength) {
      throw new OciError('UNSUPPORTED', `${name} is longer than ${maxLength} characters`, { status: 400 });
    }
    return text;
  };
}
