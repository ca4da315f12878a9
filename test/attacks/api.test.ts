// The whole API, asked by its own contract: what it describes, and what is almost that. Every answer is one that it allows.
import { request as ask } from 'node:http';
import type { RequestOptions } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFrontDoor } from '../front-door.ts';
import type { FrontDoor } from '../front-door.ts';
import { operations, valueOf, violations } from './contract.ts';
import type { Operation, Parameter, Received } from './contract.ts';
import { fuzz, textLike } from './fuzzing.ts';

let door: FrontDoor;
/** What a text may be about, so that some of the questions are about what is there. */
const known = { host: 'mock.test', digests: [''], blobs: [''] };
beforeAll(async () => {
  // Names that are made up are in no DNS.
  const resolve = (_: string, __: unknown, callback: (error: Error, addresses: never[]) => void): void =>
    callback(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }), []);
  door = await openFrontDoor({ upstreams: { resolve: resolve }, config: { complete: false } });
  const image = door.mock.addImage('app', 'v1', {
    platforms: ['linux/amd64', 'linux/arm64'],
    layers: [10, 70_000],
  });
  door.mock.addArtifact('app', { subject: image.descriptor, artifactType: 'application/sbom' });
  known.host = door.mock.host;
  known.digests = [image.digest, ...image.manifests.map(({ digest }) => digest)];
  known.blobs = image.blobs.map(({ digest }) => digest);
});
afterAll(() => door[Symbol.asyncDispose]());

const absent = `sha256:${'0'.repeat(64)}`;
const samples: Readonly<Record<string, readonly [string, ...string[]]>> = {
  name: ['app', 'none', 'a/b/c', 'f/quay.io/app'],
  reference: ['v1', 'KNOWN-DIGEST', absent, 'sha256:totallywrong'],
  digest: ['KNOWN-BLOB', 'KNOWN-DIGEST', absent],
  ns: ['KNOWN-HOST', 'KNOWN-HOST', 'KNOWN-HOST', 'none.test', '127.0.0.1'],
  n: ['0', '2', '10000', '-1', '99999999999999999999'],
  last: ['v1', 'a'],
  Range: ['bytes=0-9', 'bytes=5-', 'bytes=-5,0-1', 'bytes=70000-'],
  'If-None-Match': ['"KNOWN-BLOB"', '*', 'W/"KNOWN-DIGEST"'],
  artifactType: ['application/sbom'],
  platforms: ['linux/amd64', 'all', 'x'],
  as: ['a.test=b.test'],
  resolveRef: ['a.test/b:v1'],
};

function filled(text: string, pick: number): string {
  const of = (list: readonly string[]): string => list[pick % list.length] ?? '';
  return text
    .replaceAll('KNOWN-HOST', known.host)
    .replaceAll('KNOWN-DIGEST', of(known.digests))
    .replaceAll('KNOWN-BLOB', of(known.blobs));
}

/** A parameter's values: right ones, almost right ones, any; longer than a header may be is said by the socket's tests. */
function textOf({ name, schema }: Parameter): Arbitrary<string> {
  const right = samples[name] ??
    (schema.enum as [string] | undefined) ?? ['x', 'KNOWN-DIGEST', 'KNOWN-HOST/app:v1'];
  return fc
    .tuple(
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...right) }, textLike(...(right as [string]))),
      fc.nat(),
    )
    .map(([text, pick]) => filled(text, pick).slice(0, 3000));
}

interface Question {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The delimiters that are legal in a segment stay as they are, as clients send them; `ns` is mostly there. */
function questionsOf({ path, parameters, body }: Operation): Arbitrary<Question> {
  const values = fc.tuple(
    ...parameters.map((parameter) => {
      const always = parameter.required === true || parameter.name === 'ns';
      return always ? textOf(parameter) : fc.option(textOf(parameter), { nil: undefined, freq: 2 });
    }),
  );
  const texts = fc.constantFrom(
    'KNOWN-HOST/app:v1',
    'KNOWN-DIGEST',
    'quay.io/none:v1',
    '*',
    'linux/amd64',
    '',
    'é',
  );
  const sent =
    body === undefined
      ? fc.constant(undefined)
      : body.contentType === 'application/json'
        ? fc.oneof(
            { weight: 4, arbitrary: valueOf(body.schema, texts).map((value) => JSON.stringify(value)) },
            fc.json(),
            fc.string(),
          )
        : fc.string({ unit: 'binary' });
  return fc.tuple(values, sent, fc.nat()).map(([given, content, pick]) => {
    let target = path;
    const query: string[] = [];
    const headers: Record<string, string> = {};
    for (const [index, { name, in: place }] of parameters.entries()) {
      const value = given[index];
      if (value === undefined) continue;
      const encoded = encodeURIComponent(value.toWellFormed());
      if (place === 'path')
        target = target.replace(`{${name}}`, () => encoded.replaceAll(/%2F|%3A|%40/g, decodeURIComponent));
      else if (place === 'query') query.push(`${name}=${encoded}`);
      else headers[name] = value.replaceAll(/[^\t\x20-\x7e]/g, '?');
    }
    return {
      path: target + (query.length === 0 ? '' : `?${query.join('&')}`),
      headers: { ...headers, ...(body !== undefined && { 'Content-Type': body.contentType }) },
      body: content === undefined ? undefined : filled(content, pick),
    };
  });
}

async function answered(options: RequestOptions, body?: string): Promise<Received> {
  const { promise, resolve, reject } = Promise.withResolvers<Received>();
  const outgoing = ask(options, (incoming) => {
    buffer(incoming).then((bytes) => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: bytes });
    }, reject);
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

describe('where clients pull', () => {
  for (const operation of operations.filter(
    ({ tags }) => tags.includes('pull') || tags.includes('discovery'),
  )) {
    fuzz(
      operation.id,
      questionsOf(operation),
      async ({ path, headers }) => {
        const { method } = operation;
        const answer = await answered({ host: '127.0.0.1', port: door.port, method, path, headers });
        expect(violations(operation, answer)).toEqual([]);
      },
      { cases: 100 },
    );
  }

  const methods = fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY');
  const paths = fc.constantFrom(...operations.map(({ path }) => path.replaceAll(/[{}]/g, 'x')));
  fuzz(
    'verbs that write',
    fc.tuple(methods, paths),
    async ([method, path]) => {
      const answer = await answered({ host: '127.0.0.1', port: door.port, method, path });
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD']);
    },
    { cases: 50 },
  );
});

describe('where the server is administered', () => {
  // It ends the server: test/admin-lifecycle.test.ts has it.
  const spared = new Set(['stopRun']);
  const asked = operations.filter(
    ({ tags, id }) => !tags.some((tag) => ['pull', 'discovery'].includes(tag)) && !spared.has(id),
  );
  for (const operation of asked) {
    fuzz(
      operation.id,
      questionsOf(operation),
      async ({ path, headers, body }) => {
        const { method } = operation;
        const socketPath = join(door.imagePath, 'admin.sock');
        const answer = await answered(
          { socketPath, method, path, headers: { ...headers, Host: 'localhost' } },
          body,
        );
        expect(violations(operation, answer)).toEqual([]);
      },
      { cases: 25 },
    );
  }

  test('and it still serves', async () => {
    expect((await door.get('/v2/app/manifests/v1')).status).toBe(200);
  });
});
