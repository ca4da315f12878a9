// The contract as types: operations, their parameters, and the statuses they may answer.
import type { routes } from './routes.gen.ts';
import type { components, operations } from './types.gen.ts';

/** An operation of the distribution API, which is the one that upstreams and the mock answer too. */
export type OperationId = keyof typeof routes;

/** Any operation of the contract, whichever listener answers it. */
export type AnyOperationId = keyof operations;

/** What a table of `*routes.gen.ts` says of an operation. */
export interface Route {
  readonly method: string;
  readonly path: string;
  readonly honoPath: string;
  readonly parameters: readonly RouteParameter[];
}

export interface RouteParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: ParameterSchema;
}

export interface ParameterSchema {
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maxLength?: number;
}

/** The operations that one listener answers. */
export type RouteTable = Readonly<Partial<Record<AnyOperationId, Route>>>;

/** What a handler is given: every parameter parsed and branded, so that nobody checks again. */
export type Parameters<Id extends AnyOperationId> = Pick<
  Required<operations[Id]['parameters']>,
  'path' | 'query' | 'header'
>;

/** The statuses that an operation may answer by itself; errors are thrown as `OciError`. */
export type Status<Id extends AnyOperationId> = Extract<keyof operations[Id]['responses'], number>;

export type SchemaName = keyof components['schemas'];

/** What a body of the contract holds. */
export type Schema<Name extends SchemaName> = components['schemas'][Name];

/** A handler's answer before it meets a socket. `Body` is what the server at hand knows how to send. */
export interface Answer<Body, S extends number = number> {
  readonly status: S;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
}
