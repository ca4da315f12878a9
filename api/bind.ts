// Binds handlers to Hono by a route table: a missing or surplus handler does not compile.
import type { Context, Env, Hono } from 'hono';
import { OciError } from '../src/oci/errors.ts';
import { bodyReader } from './body.ts';
import type { BodySource } from './body.ts';
import type { Answer, AnyOperationId, Input, Route, RouteTable, Status } from './contract.ts';
import { parameterParser } from './parameters.ts';
import type { routes } from './routes.gen.ts';

/** The operations of a table. */
type IdOf<Table extends RouteTable> = keyof Table & AnyOperationId;

/** One handler an operation; `Request` is what the server passes along beside the parameters. */
export type Handlers<Request, Body, Table extends RouteTable = typeof routes> = {
  readonly [Id in IdOf<Table>]: (
    input: Input<Id>,
    request: Request,
  ) => Promise<Answer<Body, Status<Id>>> | Answer<Body, Status<Id>>;
};

/** How a server turns a Hono context into its own request, and an answer into a response. */
export interface Binding<E extends Env, Request, Body> {
  request(context: Context<E>, operation: AnyOperationId): Request;
  respond(context: Context<E>, answer: Answer<Body>): Response | Promise<Response>;
  /** Where the body of a request comes from; only for tables whose operations have one. */
  body?(context: Context<E>): BodySource;
}

/**
 * Registers every operation of a table. Hono routes a HEAD as a GET, so operations of one path share a route and the
 * request's own method chooses between them; a GET without a HEAD of its own answers HEAD as well.
 */
export function bind<E extends Env, Request, Body, Table extends RouteTable>(
  app: Hono<E>,
  table: Table,
  handlers: Handlers<Request, Body, Table>,
  binding: Binding<E, Request, Body>,
): void {
  const byPath = new Map<string, Map<string, (context: Context<E>) => Promise<Response>>>();
  for (const [id, route] of Object.entries(table) as [IdOf<Table>, Route][]) {
    const { method, honoPath } = route;
    const methods = byPath.get(honoPath) ?? new Map<string, (context: Context<E>) => Promise<Response>>();
    byPath.set(honoPath, methods.set(method, operation(id, route, handlers, binding)));
  }
  for (const [path, methods] of byPath) {
    const handle = (context: Context<E>): Promise<Response> => {
      const { method } = context.req;
      const run = methods.get(method) ?? (method === 'HEAD' ? methods.get('GET') : undefined);
      if (run === undefined) throw wrongMethod(method, methods.keys());
      return run(context);
    };
    app.all(path, handle);
    // Clients ask for `/v2` too.
    if (path.endsWith('/')) app.all(path.slice(0, -1), handle);
  }
}

function wrongMethod(method: string, methods: Iterable<string>): OciError {
  const allowed = [...methods].flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]));
  return new OciError('UNSUPPORTED', `nothing here does ${method}`, {
    status: 405,
    headers: { Allow: [...new Set(allowed)].join(', ') },
  });
}

function bodySource<E extends Env, Request, Body>(
  binding: Binding<E, Request, Body>,
  context: Context<E>,
): BodySource {
  if (binding.body === undefined) throw new Error('this server has no way to read a body');
  return binding.body(context);
}

function operation<E extends Env, Request, Body, Table extends RouteTable>(
  id: IdOf<Table>,
  route: Route,
  handlers: Handlers<Request, Body, Table>,
  binding: Binding<E, Request, Body>,
): (context: Context<E>) => Promise<Response> {
  const parse = parameterParser<typeof id>(route);
  const read = route.body && bodyReader(route.body);
  // One parser and one handler of the same operation: the table pairs them, which its type cannot say for any one.
  const handler = handlers[id] as (
    input: ReturnType<typeof parse> & { readonly body?: unknown },
    request: Request,
  ) => Promise<Answer<Body>> | Answer<Body>;
  return async (context) => {
    const parameters = parse({
      path: (name) => context.req.param(name as never),
      query: (name) => context.req.query(name),
      header: (name) => context.req.header(name),
    });
    const request = binding.request(context, id);
    const input =
      read === undefined ? parameters : { ...parameters, body: await read(bodySource(binding, context)) };
    const answer = await handler(input, request);
    return binding.respond(context, answer);
  };
}
