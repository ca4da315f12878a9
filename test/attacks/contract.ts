// The contract as whoever attacks it reads it: what each operation takes, and what it may answer.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { parse } from 'yaml';
import { z } from 'zod';
import { isRecord } from '../../src/oci/descriptor.ts';

interface Schema extends Readonly<Record<string, unknown>> {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Response {
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface Operation {
  readonly id: string;
  readonly tags: readonly string[];
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly contentType: string; readonly schema: Schema } | undefined;
  readonly responses: Readonly<Record<string, Response>>;
}

export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

type Node = Readonly<Record<string, unknown>>;

const document = parse(readFileSync(new URL('../../ociregistry.yaml', import.meta.url), 'utf8')) as Node;

/** With all that it refers to in it; what has itself in it has anything there. */
function whole(node: unknown, within: readonly string[] = []): unknown {
  if (Array.isArray(node)) return node.map((item) => whole(item, within));
  if (!isRecord(node)) return node;
  const { $ref } = node;
  if (typeof $ref === 'string') {
    if (within.includes($ref)) return {};
    const steps = $ref.replace(/^#\//, '').split('/');
    const target = steps.reduce((at: unknown, step) => (at as Node)[step], document);
    return whole(target, [...within, $ref]);
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, whole(value, within)]));
}

export const operations: readonly Operation[] = Object.entries(
  whole(document['paths']) as Record<string, Node>,
).flatMap(([path, { parameters: shared = [], ...methods }]) =>
  Object.entries(methods as Readonly<Record<string, Node>>).map(([method, operation]) => {
    const {
      operationId,
      tags,
      parameters = [],
      requestBody,
      responses,
    } = operation as unknown as {
      readonly operationId: string;
      readonly tags: readonly string[];
      readonly parameters?: readonly Parameter[];
      readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
      readonly responses: Operation['responses'];
    };
    const [body] = Object.entries(requestBody?.content ?? {});
    return {
      ...{ id: operationId, tags, method: method.toUpperCase(), path, responses },
      parameters: [...(shared as readonly Parameter[]), ...parameters],
      body: body && { contentType: body[0], schema: body[1].schema },
    };
  }),
);

/** What an answer has that the contract does not allow; nothing, as a rule. */
export function violations(operation: Operation, { status, headers, body }: Received): readonly string[] {
  const { responses, method } = operation;
  const response = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`];
  if (response === undefined || status === 500)
    return [`the status ${status}: ${body.toString().slice(0, 300)}`];
  const missing = Object.entries(response.headers ?? {}).flatMap(([name, { required, schema }]) => {
    const value = headers[name.toLowerCase()];
    if (value === undefined) return required === true ? [`no ${name}`] : [];
    return accepts(schema, schema.type === 'integer' ? Number(value) : value)
      ? []
      : [`${name}: ${String(value)}`];
  });
  return [
    ...missing,
    ...(method === 'HEAD' || status === 304 ? empty(body) : ofBody(response, headers, body)),
  ];
}

function empty(body: Buffer): readonly string[] {
  return body.length === 0 ? [] : ['a body where there is none'];
}

function ofBody({ content = {} }: Response, headers: Received['headers'], body: Buffer): readonly string[] {
  const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? '';
  const schema = content[type]?.schema;
  if (schema === undefined)
    return Object.keys(content).length === 0 ? empty(body) : [`the Content-Type ${type}`];
  if (schema['contentMediaType'] !== undefined || schema.type === 'string') return [];
  const texts =
    type === 'application/x-ndjson'
      ? body
          .toString()
          .split('\n')
          .filter((line) => line !== '')
      : [body.toString()];
  return texts
    .filter((text) => !accepts(schema, JSON.parse(text)))
    .map((text) => `the body ${text.slice(0, 300)}`);
}

const checks = new WeakMap<object, z.ZodType>();

function accepts(schema: Schema, value: unknown): boolean {
  const check = checks.get(schema) ?? z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
  checks.set(schema, check);
  return check.safeParse(value).success;
}

/** Values that a schema allows, and where there is text, `texts`. */
export function valueOf(schema: Schema, texts: Arbitrary<string>): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.oneOf !== undefined) return fc.oneof(...schema.oneOf.map((one) => valueOf(one, texts)));
  switch (schema.type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.oneof(fc.nat(20), fc.maxSafeNat());
    case 'array':
      return fc.array(valueOf(schema.items ?? {}, texts), { maxLength: 3 });
    case 'object': {
      const members = Object.entries(schema.properties ?? {}).map(([name, inner]) => [
        name,
        valueOf(inner, texts),
      ]);
      return fc.record(Object.fromEntries(members) as Record<string, Arbitrary<unknown>>, {
        requiredKeys: [...(schema.required ?? [])],
      });
    }
    default:
      return texts;
  }
}
