// The typed clients of the contract: for upstreams, which are other servers of it, and for the admin API of our own.
import createClient from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import type { adminRoutes } from './admin-routes.gen.ts';
import type { OperationId, Parameters, RouteTable } from './contract.ts';
import { routes } from './routes.gen.ts';
import type { paths } from './types.gen.ts';

/** What of the contract a table answers. */
type PathsOf<Table extends RouteTable> = Pick<
  paths,
  Extract<Table[keyof Table], { path: keyof paths }>['path']
>;

export type RegistryClient = Client<PathsOf<typeof routes>>;
export type AdminClient = Client<PathsOf<typeof adminRoutes>>;

/**
 * A client of one server. Repository names keep their slashes (the library's own serializer would write `a%2Fb`).
 * Read bodies as bytes (`parseAs: 'arrayBuffer'`): a parsed manifest no longer has its digest.
 */
export function createRegistryClient(
  baseUrl: string,
  fetch: (request: Request) => Promise<Response>,
): RegistryClient {
  return createClient<PathsOf<typeof routes>>({
    baseUrl,
    fetch,
    pathSerializer: (path, parameters) => fill(path, parameters),
  });
}

/** A client of the admin API; where the server is, `fetch` knows. */
export function createAdminClient(fetch: (request: Request) => Promise<Response>): AdminClient {
  return createClient<PathsOf<typeof adminRoutes>>({ baseUrl: 'http://localhost', fetch });
}

/** The path of an operation, for the bodies that are streamed by hand. */
export function pathOf<Id extends OperationId>(id: Id, parameters: Parameters<Id>['path']): string {
  return fill(routes[id].path, parameters as Record<string, unknown>);
}

/** Every parameter was parsed by its grammar, and none of the grammars has a character that needs escaping in a path. */
function fill(path: string, parameters: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name]));
}
