// The contract as types: operations, their parameters, and the statuses they may answer.
import type { routes } from './routes.gen.ts';
import type { operations } from './types.gen.ts';

export type OperationId = keyof typeof routes;

/** What a handler is given: every parameter parsed and branded, so that nobody checks again. */
export type Parameters<Id extends OperationId> = Pick<
  Required<operations[Id]['parameters']>,
  'path' | 'query' | 'header'
>;

/** The statuses that an operation may answer by itself; errors are thrown as `OciError`. */
export type Status<Id extends OperationId> = Extract<keyof operations[Id]['responses'], number>;

/** A handler's answer before it meets a socket. `Body` is what the server at hand knows how to send. */
export interface Answer<Body, S extends number = number> {
  readonly status: S;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Body;
}
