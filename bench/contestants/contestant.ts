// Somebody who serves the content: our server or one of the others.
import type { Program } from '../program.ts';

export interface Contestant {
  readonly program: Program;
  readonly port: number;
  /** What is added to a path: the registry that our server is asked for. */
  readonly query: string;
}

/** Each has its own, since the network is ours alone. */
export const ports = {
  upstream: 7000,
  farUpstream: 7001,
  ours: 7010,
  oursWithoutSendfile: 7011,
  oursRevalidating: 7012,
  nginx: 7020,
  dockerRegistry: 7030,
  dockerRegistryProxy: 7031,
  distribution: 7040,
} as const;

/** A certificate and its key, as files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}
