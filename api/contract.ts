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
  readonly body?: RouteBody;
}

/** JSON has its schema and how long it may be; anything else is as long as it is, and streamed. */
export interface RouteBody {
  readonly contentType: string;
  readonly maxBytes?: number;
  readonly schema?: object;
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
  readonly choices?: readonly string[];
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

/** What stands in a request's body: of JSON the value, else the bytes as they come. */
export type RequestBody<Id extends AnyOperationId> = operations[Id] extends {
  readonly requestBody: { readonly content: infer Content };
}
  ? Content extends { readonly 'application/json': infer Value }
    ? Value
    : AsyncIterable<Uint8Array>
  : undefined;

/** The parameters of an operation and its body. */
export type Input<Id extends AnyOperationId> = Parameters<Id> & { readonly body: RequestBody<Id> };

/** What an operation answers as this media type when all is well; `never` where it does not. */
type Content<Id extends AnyOperationId, MediaType extends string> = operations[Id]['responses'] extends {
  readonly 200: { readonly content: { readonly [Type in MediaType]: infer Value } };
}
  ? Value
  : never;

export type JsonAnswer<Id extends AnyOperationId> = Content<Id, 'application/json'>;

/** The events that an operation tells one after the other; that it failed in the midst of them is the last one of any. */
export type EventOf<Id extends AnyOperationId> = Exclude<
  Content<Id, 'application/x-ndjson'>,
  Schema<'ErrorEvent'>
>;

/** The operations that answer as this media type. */
export type Answering<MediaType extends string> = {
  [Id in AnyOperationId]: [Content<Id, MediaType>] extends [never] ? never : Id;
}[AnyOperationId];

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
