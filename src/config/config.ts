// The configuration of one server: what it is, and what it is when nobody says anything.
import type { LogFormat, LogLevel } from '../log/log.ts';
import type { RegistryHost } from '../oci/registry-host.ts';

/** Frozen, and whole: every setting has its value. Times are milliseconds. */
export interface Config {
  readonly imagePath: string;
  /** Empty: every address of the machine, IPv6 and IPv4. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** How long a pull may make no progress, never how long it may take. */
  readonly pullTimeoutMs: number;
  readonly defaultNs?: RegistryHost;
  readonly airGapped: boolean;
  readonly alwaysPullLatest: boolean;
  readonly linkCheck: LinkCheck;
  /** How many fills may run at once; more wait in a queue. */
  readonly maxFills: number;
  readonly complete: boolean;
  /** How many background fills may run at once. */
  readonly concurrent: number;
  readonly shutdownGraceMs: number;
  readonly registries: readonly RegistryEntry[];
}

/** `public`: what was once obtained without credentials may be served by digest when upstream cannot be asked. */
export const linkChecks = ['public', 'strict'] as const;
export type LinkCheck = (typeof linkChecks)[number];

export const schemes = ['https', 'http'] as const;
export type Scheme = (typeof schemes)[number];

/** `always`, `never`, or for how many milliseconds a tag is believed before upstream is asked again. */
export type Revalidation = 'always' | 'never' | number;

/** How to reach one upstream registry, and how far to trust what it said before. */
export interface RegistryEntry {
  readonly registry: RegistryHost;
  readonly description?: string;
  readonly scheme: Scheme;
  readonly auth?: RegistryAuth;
  readonly tls: RegistryTls;
  readonly revalidate: Revalidation;
  readonly complete?: boolean;
  readonly airGapped: boolean;
}

export interface RegistryAuth {
  readonly user: string;
  readonly password: string;
}

/** Absolute paths of PEM files that could be read when the configuration was loaded. */
export interface RegistryTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly insecureSkipVerify: boolean;
}

/** What holds where nothing is configured. */
export const defaultConfig: Config = Object.freeze({
  imagePath: '/var/lib/ociregistry',
  host: '',
  port: 8080,
  logLevel: 'error',
  logFormat: 'text',
  pullTimeoutMs: 60_000,
  airGapped: false,
  alwaysPullLatest: false,
  linkCheck: 'public',
  maxFills: 64,
  complete: true,
  concurrent: 1,
  shutdownGraceMs: 30_000,
  registries: Object.freeze([]),
});

/** The entry of a registry that has none: https, verified, anonymous. */
export function defaultRegistryEntry(registry: RegistryHost): RegistryEntry {
  return Object.freeze({
    registry,
    scheme: 'https',
    tls: Object.freeze({ insecureSkipVerify: false }),
    revalidate: 'always',
    airGapped: false,
  });
}

/** The entry that is configured for a registry, matched by exact host and port, or the default one. */
export function registryEntry(config: Config, registry: RegistryHost): RegistryEntry {
  return config.registries.find((entry) => entry.registry === registry) ?? defaultRegistryEntry(registry);
}
