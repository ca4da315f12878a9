// The typed client of the contract: upstreams are other servers of it.
import createClient from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import type { OperationId, Parameters } from './contract.ts';
import { routes } from './routes.gen.ts';
import type { paths } from './types.gen.ts';

export type RegistryClient = Client<Pick<paths, (typeof routes)[OperationId]['path']>>;

/**
 * A client of one server. Repository names keep their slashes (the library's own serializer would write `a%2Fb`).
 * Read bodies as bytes (`parseAs: 'arrayBuffer'`): a parsed manifest no longer has its digest.
 */
export function createRegistryClient(
  baseUrl: string,
  fetch: (request: Request) => Promise<Response>,
): RegistryClient {
  return createClient<Pick<paths, (typeof routes)[OperationId]['path']>>({
    baseUrl,
    fetch,
    pathSerializer: (path, parameters) => fill(path, parameters),
  });
}

/** The path of an operation, for the bodies that are streamed by hand. */
export function pathOf<Id extends OperationId>(id: Id, parameters: Parameters<Id>['path']): string {
  return fill(routes[id].path, parameters as Record<string, unknown>);
}

/** Every parameter was parsed by its grammar, and none of the grammars has a character that needs escaping in a path. */
function fill(path: string, parameters: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name]));
}
