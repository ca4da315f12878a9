// What the server and its admission thread tell each other.
import type { SecureContextOptions } from 'node:tls';
import type { LogFields, LogLevel } from '../log/log.ts';
import type { ImageName } from '../oci/image-name.ts';
import type { Policy } from './verdict.ts';

/** What the thread is started with. */
export interface ThreadStart {
  readonly host: string;
  readonly port: number;
  readonly certificate: SecureContextOptions;
  readonly policy: Policy;
  readonly logLevel: LogLevel;
}

export type ToThread =
  | { readonly kind: 'certificate'; readonly certificate: SecureContextOptions }
  | { readonly kind: 'policy'; readonly policy: Policy }
  | {
      readonly kind: 'obstacles';
      readonly question: number;
      /** As {@link Obstacles} gives them; undefined where it could not be found out. */
      readonly obstacles: readonly (string | undefined)[] | undefined;
    }
  | { readonly kind: 'close'; readonly graceMs: number };

export type FromThread =
  | { readonly kind: 'listening'; readonly url: string; readonly port: number }
  | { readonly kind: 'failed'; readonly error: ListenError }
  | { readonly kind: 'question'; readonly question: number; readonly images: readonly ImageName[] }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly message: string;
      readonly fields: LogFields;
    };

/** The operating system's error; only its message would survive the way. */
export interface ListenError {
  readonly message: string;
  readonly code?: string;
  readonly syscall?: string;
  readonly port?: number;
}
