// Bodies in and answers out over a real socket: what comes in pieces, breaks off, is too much, or is not wanted any more.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpBindings } from '@hono/node-server';
import { Agent, request } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bind } from '../../api/bind.ts';
import type { Answer, RouteBody, RouteTable } from '../../api/contract.ts';
import { closeListener, listen } from '../http/listener.ts';
import { createSmallApp } from '../http/small-app.ts';
import { createLog } from '../log/log.ts';
import { OciError } from '../oci/errors.ts';
import { createAdminListener } from './admin-listener.ts';
import { ndjson, octets } from './answer.ts';
import type { AdminBody } from './answer.ts';
import { emitted } from './emitted.ts';
import { send } from './send.ts';

interface Handled {
  readonly body: unknown;
  readonly signal: AbortSignal;
}
type Handler = (handled: Handled) => Answer<AdminBody> | Promise<Answer<AdminBody>>;

let server: Server;
let agent: Agent;
let logged: string[];
beforeEach(() => {
  agent = new Agent();
  logged = [];
});
afterEach(async () => {
  await agent.destroy();
  await closeListener(server);
});

/** One operation at POST /it, bound as the admin API's are. */
async function serve(handler: Handler, body?: RouteBody): Promise<string> {
  const log = createLog({ level: 'info', format: 'text', write: (line) => logged.push(line) });
  const app = createSmallApp<{ Bindings: HttpBindings }>(log);
  const route = { method: 'POST', path: '/it', honoPath: '/it', parameters: [], ...(body && { body }) };
  const handlers = {
    loadRun: ({ body: read }: Handled, signal: AbortSignal) => handler({ body: read, signal }),
  };
  bind<{ Bindings: HttpBindings }, AbortSignal, AdminBody, RouteTable>(
    app,
    { loadRun: route },
    handlers as never,
    {
      request({ env: { outgoing } }) {
        const gone = new AbortController();
        outgoing.once('close', () => gone.abort());
        return gone.signal;
      },
      body: ({ env: { incoming } }) => ({ contentType: incoming.headers['content-type'], bytes: incoming }),
      respond: ({ env: { outgoing } }, answer) => send(outgoing, answer, log),
    },
  );
  server = createAdminListener(app.fetch);
  await listen(server, { host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/it`;
}

const ok = (body: string): Answer<string, 200> => ({ status: 200, headers: {}, body });
const jsonBody: RouteBody = {
  contentType: 'application/json',
  maxBytes: 100,
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['names'],
    properties: { names: { type: 'array', items: { type: 'string', maxLength: 5 } } },
  },
};

async function post(url: string, body: string | Buffer, contentType = 'application/json') {
  const headers = { 'Content-Type': contentType };
  const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent });
  return { status: answer.statusCode, text: await answer.body.text() };
}

describe('a body of JSON', () => {
  test('is given as the schema says', async () => {
    const url = await serve(({ body }) => ok(JSON.stringify(body)), jsonBody);
    const answer = await post(url, '{"names":["a","b"]}', 'Application/JSON; charset=utf-8');
    expect(answer).toEqual({ status: 200, text: '{"names":["a","b"]}' });
  });

  test.each([
    ['no JSON', '{', 400, 'UNSUPPORTED', 'the body: it is no JSON'],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), 400, 'UNSUPPORTED', 'the body: it is no JSON'],
    ['nothing', '', 400, 'UNSUPPORTED', 'the body: it is no JSON'],
    ['another type', '[]', 400, 'UNSUPPORTED', 'expected object'],
    ['what lacks something', '{}', 400, 'UNSUPPORTED', 'the body: names: '],
    ['a wrong item', '{"names":["a",1]}', 400, 'UNSUPPORTED', 'the body: names.1: '],
    ['an item that is too long', '{"names":["abcdef"]}', 400, 'UNSUPPORTED', 'the body: names.0: '],
    ['an unknown key', '{"names":[],"x":1}', 400, 'UNSUPPORTED', 'x'],
    ['a prototype', '{"names":[],"__proto__":{"x":1}}', 400, 'UNSUPPORTED', '__proto__'],
    ['too much', `{"names":[${' '.repeat(200)}]}`, 413, 'SIZE_INVALID', 'longer than 100 bytes'],
  ])('%s is refused', async (_, body, status, code, message) => {
    let called = false;
    const url = await serve(() => {
      called = true;
      return ok('');
    }, jsonBody);
    const answer = await post(url, body);
    const { errors } = JSON.parse(answer.text) as { errors: { code: string; message: string }[] };
    expect([answer.status, errors[0]?.code, called]).toEqual([status, code, false]);
    expect(errors[0]?.message).toContain(message);
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    '%s, which a web page may send, is refused',
    async (contentType) => {
      const url = await serve(() => ok(''), jsonBody);
      expect(await post(url, '{"names":[]}', contentType)).toMatchObject({ status: 415 });
    },
  );
});

describe('a body of bytes', () => {
  const bytesBody: RouteBody = { contentType: 'application/octet-stream' };

  test('is read as it comes, while the answer is already told', async () => {
    const url = await serve(({ body, signal }) => {
      const events = emitted<{ event: string; bytes: number }>(
        async (emit) => {
          let bytes = 0;
          for await (const chunk of body as AsyncIterable<Uint8Array>) {
            emit({ event: 'read', bytes: (bytes += chunk.length) });
          }
        },
        { signal },
      );
      return ndjson(events as never);
    }, bytesBody);
    const client = httpRequest(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/octet-stream' },
    });
    client.write(Buffer.alloc(10));
    const [answer] = (await once(client, 'response')) as [AsyncIterable<Buffer>];
    let text = '';
    for await (const chunk of answer) {
      text += chunk.toString();
      // The second half is only sent when the first has been answered.
      if (text.split('\n').length === 2) client.end(Buffer.alloc(20));
    }
    expect(text).toBe('{"event":"read","bytes":10}\n{"event":"read","bytes":30}\n');
  });
});

async function* throwing<T>(items: readonly T[], error: Error): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
  throw error;
}

describe('events', () => {
  test('that fail at once have the status of their error', async () => {
    const error = new OciError('MANIFEST_UNKNOWN', 'it is not there', { status: 404 });
    const url = await serve(() => ndjson(throwing([], error) as never));
    const { status, text } = await post(url, '');
    expect([status, JSON.parse(text)]).toEqual([
      404,
      { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'it is not there' }] },
    ]);
  });

  test.each([
    ['ours', new OciError('DENIED', 'no'), { code: 'DENIED', message: 'no' }],
    [
      'a defect, of which only the log tells',
      new Error('canary'),
      { code: 'UNKNOWN', message: 'an error of this server; its log says more' },
    ],
  ])('that fail in the midst end in the error: %s', async (_, error, shown) => {
    const url = await serve(() => ndjson(throwing([{ event: 'a' }], error) as never));
    const { status, text } = await post(url, '');
    expect([status, text]).toEqual([
      200,
      `{"event":"a"}\n${JSON.stringify({ event: 'error', errors: [shown] })}\n`,
    ]);
    expect(logged.join('\n').includes('canary')).toBe(error.message === 'canary');
  });

  test('are called off by a client that leaves, and the work is told', async () => {
    const { promise: told, resolve } = Promise.withResolvers<string>();
    const url = await serve(({ signal }) => {
      signal.addEventListener('abort', () => resolve('aborted'));
      const forever = emitted<object>(
        async (emit) => {
          emit({ event: 'begun' });
          await new Promise(() => undefined);
        },
        { signal },
      );
      return ndjson(forever as never);
    });
    const answer = await request(url, { method: 'POST', dispatcher: agent });
    const [first] = (await once(answer.body, 'data')) as [Buffer];
    expect(first.toString()).toBe('{"event":"begun"}\n');
    answer.body.on('error', () => undefined).destroy();
    expect(await told).toBe('aborted');
  });
});

describe('bytes', () => {
  test('come whole', async () => {
    const pieces = Array.from({ length: 50 }, (_, index) => Buffer.alloc(100_000, index));
    const url = await serve(() => octets(throughout(pieces)));
    const answer = await request(url, { method: 'POST', dispatcher: agent });
    expect(Buffer.from(await answer.body.arrayBuffer()).equals(Buffer.concat(pieces))).toBe(true);
  });

  test('that fail do not end', async () => {
    const url = await serve(() => octets(throwing([Buffer.alloc(10)], new Error('the disk'))));
    const answer = await request(url, { method: 'POST', dispatcher: agent });
    await expect(answer.body.arrayBuffer()).rejects.toThrow();
    expect(logged.join('\n')).toContain('the disk');
  });
});

async function* throughout<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) yield await Promise.resolve(item);
}

test('another verb is told which ones there are', async () => {
  const url = await serve(() => ok(''));
  for (const method of ['GET', 'HEAD', 'DELETE', 'PUT'] as const) {
    const answer = await request(url, { method, dispatcher: agent });
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'POST']);
    await answer.body.dump();
  }
});
