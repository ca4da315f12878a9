// Asks a server over its admin API: on the socket in its directory, or over TCP with a token.
import { Readable } from 'node:stream';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import { adminRoutes } from '../../api/admin-routes.gen.ts';
import type {
  Answering,
  EventOf,
  JsonAnswer,
  Parameters,
  RequestBody,
  Route,
  RouteBody,
} from '../../api/contract.ts';

export interface ServerAddress {
  /** For people: the directory, or the URL. */
  readonly name: string;
  readonly origin: string;
  readonly socketPath?: string;
  readonly token?: string;
}

type AdminOperation = keyof typeof adminRoutes;

/** What goes along with a question. A body that is no JSON is sent as it comes. */
export interface Asked<Id extends AdminOperation> {
  readonly query?: Parameters<Id>['query'];
  readonly body?: RequestBody<Id>;
  readonly signal?: AbortSignal;
}

export interface Octets {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** There is nobody to ask. */
export class NoServer extends Error {}

/** The server is of another version, and knows nothing of what it was asked. */
export class UnknownOperation extends Error {}

export class ServerRefusal extends Error {
  readonly code: string;
  readonly detail: unknown;

  constructor(code: string, message: string, detail?: unknown) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** Six times as long as a server with nothing to tell takes to say so. */
const SILENCE_MS = 60_000;

/**
 * Asks as much as is wanted over one connection or more, which end with it.
 * @throws {NoServer}
 * @throws {UnknownOperation}
 * @throws {ServerRefusal} what the server says
 * @throws {Error} when it cannot be asked, or breaks off
 */
export async function askServer<T>(
  address: ServerAddress,
  ask: (client: AdminClient) => Promise<T>,
): Promise<T> {
  const { socketPath } = address;
  const agent = new Agent(socketPath === undefined ? {} : { connect: { socketPath } });
  try {
    return await ask(new AdminClient(agent, address));
  } finally {
    await agent.destroy();
  }
}

export class AdminClient {
  readonly #agent: Agent;
  readonly #address: ServerAddress;

  constructor(agent: Agent, address: ServerAddress) {
    this.#agent = agent;
    this.#address = address;
  }

  async json<Id extends AdminOperation & Answering<'application/json'>>(
    id: Id,
    asked: Asked<Id> = {},
  ): Promise<JsonAnswer<Id>> {
    const { body } = await this.#ask(id, asked);
    return (await body.json()) as JsonAnswer<Id>;
  }

  /** @throws what the server says when it fails in the midst of it */
  async *events<Id extends AdminOperation & Answering<'application/x-ndjson'>>(
    id: Id,
    asked: Asked<Id> = {},
  ): AsyncGenerator<EventOf<Id>> {
    const { body } = await this.#ask(id, asked);
    for await (const line of lines(this.#unbroken(body))) {
      if (line === '') continue;
      const event = JSON.parse(line) as { readonly event: string };
      if (event.event === 'error') throw refusal(event);
      yield event as EventOf<Id>;
    }
  }

  async octets<Id extends AdminOperation & Answering<'application/octet-stream'>>(
    id: Id,
    asked: Asked<Id> = {},
  ): Promise<Octets> {
    const { headers, body } = await this.#ask(id, asked);
    return { headers, bytes: this.#unbroken(body) };
  }

  async #ask<Id extends AdminOperation>(id: Id, asked: Asked<Id>): Promise<Dispatcher.ResponseData> {
    const { method, path, body: kind }: Route = adminRoutes[id];
    const { name, origin, token } = this.#address;
    const { query, body, signal } = asked;
    const answer = await this.#agent
      .request({
        ...{ origin, path, bodyTimeout: SILENCE_MS },
        method,
        headers: {
          ...(kind !== undefined && { 'Content-Type': kind.contentType }),
          ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        },
        query: { ...query },
        body: kind === undefined ? null : sentAs(kind, body),
        ...(signal !== undefined && { signal }),
      })
      .catch((error: unknown) => {
        throw this.#notAsked(error);
      });
    const { statusCode, body: answered } = answer;
    if (statusCode === 200) return answer;
    const refused = refusal(await answered.json().catch(() => ({})), statusCode);
    if (statusCode === 405 || (statusCode === 404 && refused.code === 'NAME_UNKNOWN')) {
      throw new UnknownOperation(`the server on ${name} is of another version, and does not do this`);
    }
    if (statusCode === 401)
      throw new Error(`${name} wants its token; name the file that has it with --token-file`);
    throw refused;
  }

  #notAsked(error: unknown): unknown {
    const { name, socketPath } = this.#address;
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') {
      const remedy =
        socketPath === undefined ? 'is it running?' : 'start one, or name its directory with --image-path';
      return new NoServer(`no server runs on ${name}; ${remedy}`, { cause: error });
    }
    if (code === 'EACCES' || code === 'EPERM') {
      return new Error(
        `this user may not use ${socketPath ?? name}; run it as the server's user or as root`,
        { cause: error },
      );
    }
    return error;
  }

  /** What is cut off does not end. */
  async *#unbroken(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (cause) {
      if (codeOf(cause)?.startsWith('UND_ERR_') !== true) throw cause;
      throw new Error(`the server on ${this.#address.name} broke off its answer`, { cause });
    }
  }
}

function sentAs({ schema }: RouteBody, body: unknown): string | Readable {
  return schema === undefined ? Readable.from(body as AsyncIterable<Uint8Array>) : JSON.stringify(body);
}

interface Refused {
  readonly errors?: readonly {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly detail?: unknown;
  }[];
}

function refusal(answer: unknown, status?: number): ServerRefusal {
  const [first] = (answer as Refused).errors ?? [];
  const said = typeof first?.message === 'string' ? first.message : `it answered ${status ?? ''}`;
  const code = typeof first?.code === 'string' ? first.code : '';
  return new ServerRefusal(code, `the server: ${said}`, first?.detail);
}

async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const whole = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = whole.pop() ?? '';
    yield* whole;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
