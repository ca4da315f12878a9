// The configuration of one server: what it is, and what it is when nobody says anything.
import type { LogFormat, LogLevel } from '../log/log.ts';
import type { ImageRule } from '../oci/image-rule.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { RepositoryName } from '../oci/repository.ts';
import type { RegistryAuth } from './registry-auth.ts';
import type { Share } from './size.ts';

/** Frozen, and whole: every setting has its value. Times are milliseconds. */
export interface Config {
  readonly imagePath: string;
  /** Addresses with commas between them; empty: every address of the machine, IPv6 and IPv4. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Clients speak TLS; plain HTTP where it is not given. */
  readonly serverTls?: ServerTls;
  /** The absolute path of the file with the users and passwords of clients; anybody is let in where it is not given. */
  readonly htpasswdFile?: string;
  readonly metricsHost: string;
  /** Where metrics are had over TCP; nowhere when there is none. */
  readonly metricsPort?: number;
  readonly healthHost: string;
  /** Where the health of the server is told, from before it is open; nowhere when there is none. */
  readonly healthPort?: number;
  /** Whether it is ready only when what was to be preloaded is there. */
  readonly readyAfterPreload: boolean;
  readonly adminHost: string;
  /** Where the admin API is had over TCP; nowhere when there is none. */
  readonly adminPort?: number;
  /** The absolute path of the file with the token that opens it there. */
  readonly adminTokenFile?: string;
  readonly admissionHost: string;
  /** Where an API server asks whether a pod may run its images; nowhere when there is none. */
  readonly admissionPort?: number;
  readonly admissionTls?: CertificateFiles;
  readonly imageValidation: ImageValidation;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** How long a pull may make no progress, never how long it may take. */
  readonly pullTimeoutMs: number;
  readonly defaultNs?: RegistryHost;
  readonly airGapped: boolean;
  /** Whether to note what would have failed with the upstreams gone. */
  readonly rehearseAirGap: boolean;
  readonly alwaysPullLatest: boolean;
  readonly linkCheck: LinkCheck;
  /** How many fills may run at once; more wait in a queue. */
  readonly maxFills: number;
  readonly complete: boolean;
  /** How many background fills may run at once. */
  readonly concurrent: number;
  /** How long a server that is told to stop goes on as before, for those who lead clients to it. */
  readonly shutdownDelayMs: number;
  readonly shutdownGraceMs: number;
  /** Bytes that the cache may take; as many as there are where it is not given. */
  readonly maxSize?: number;
  /** What is to stay free of the file system. */
  readonly minFree: Share;
  /** Images that nobody has pulled for so long go by themselves; none do where it is not given. */
  readonly notPulledForMs?: number;
  readonly pruneIntervalMs: number;
  readonly sendfile: SendfileMode;
  /** How often all that is stored is read and hashed in the background; never where there is none. */
  readonly scrubIntervalMs?: number;
  /** How fast, in bytes a second at the most. */
  readonly scrubRate: number;
  /** Of what `load` brings in, as `os/architecture[/variant]` or `all`; the server's own where there are none. */
  readonly platforms?: readonly string[];
  /** Patterns of the registries that may be asked for; all where there is no list. */
  readonly allowRegistries?: readonly string[];
  /** Patterns of those that may not, even if they are allowed. */
  readonly denyRegistries?: readonly string[];
  readonly registries: readonly RegistryEntry[];
}

/** Absolute paths of PEM files that are read again when they change. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** none: whoever comes. verify: only those who show a certificate of the authority in `ca`. */
export const clientAuths = ['none', 'verify'] as const;
export type ClientAuth = (typeof clientAuths)[number];

export interface ServerTls extends CertificateFiles {
  /** An absolute path as well. */
  readonly ca?: string;
  readonly clientAuth: ClientAuth;
}

/** Of images that no rule is for; `cached` are those that this server can serve with their registry gone. */
export const validationDefaults = ['allow', 'deny', 'cached'] as const;
export type ValidationDefault = (typeof validationDefaults)[number];

/** `warn`: what would be denied is let in with a warning. */
export const validationModes = ['enforce', 'warn'] as const;
export type ValidationMode = (typeof validationModes)[number];

/** Which images may run. */
export interface ImageValidation {
  readonly default: ValidationDefault;
  readonly mode: ValidationMode;
  readonly allow: readonly ImageRule[];
  readonly deny: readonly ImageRule[];
  /** As which registry images name this server. */
  readonly serverNames: readonly RegistryHost[];
}

/** `public`: what was once obtained without credentials may be served by digest when upstream cannot be asked. */
export const linkChecks = ['public', 'strict'] as const;
export type LinkCheck = (typeof linkChecks)[number];

/** `auto`: cached blobs go out by sendfile(2) where that works. */
export const sendfileModes = ['auto', 'off'] as const;
export type SendfileMode = (typeof sendfileModes)[number];

export const schemes = ['https', 'http'] as const;
export type Scheme = (typeof schemes)[number];

/** `always`, `never`, or for how many milliseconds a tag is believed before upstream is asked again. */
export type Revalidation = 'always' | 'never' | number;

/** plain: a registry. ns: another cache like us, to which the namespace travels on. path: the host is in the path. */
export const endpointStyles = ['plain', 'ns', 'path'] as const;
export type EndpointStyle = (typeof endpointStyles)[number];

export interface TagRule {
  /** `*` stands for anything. */
  readonly pattern: string;
  readonly revalidate: Revalidation;
}

/** How to reach one upstream registry, and how far to trust what it said before. */
export interface RegistryEntry {
  readonly registry: RegistryHost;
  /** It holds only for this repository and those below it. */
  readonly pathPrefix?: RepositoryName;
  readonly description?: string;
  readonly scheme: Scheme;
  readonly auth?: RegistryAuth;
  readonly tls: RegistryTls;
  readonly revalidate: Revalidation;
  /** The first whose pattern fits a tag decides for it, ahead of `revalidate`. */
  readonly tags: readonly TagRule[];
  /** Whether a tag that looks like a full version (`v1.2.3`) never moves. */
  readonly immutableVersions: boolean;
  readonly complete?: boolean;
  readonly airGapped: boolean;
  /** Where to really go, in order; the registry itself where there are none. */
  readonly endpoints?: readonly EntryEndpoint[];
  readonly timeouts?: RegistryTimeouts;
  /** At once, besides those for manifests. */
  readonly maxConnections?: number;
}

export interface EntryEndpoint {
  /** http or https, without user, query or fragment; its path is where the repositories are. */
  readonly url: string;
  readonly style: EndpointStyle;
}

export interface RegistryTimeouts {
  readonly connectMs?: number;
  readonly headerMs?: number;
  readonly noProgressMs?: number;
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
  metricsHost: '127.0.0.1',
  healthHost: '',
  readyAfterPreload: false,
  adminHost: '127.0.0.1',
  admissionHost: '',
  imageValidation: Object.freeze({
    default: 'allow',
    mode: 'enforce',
    allow: Object.freeze([]),
    deny: Object.freeze([]),
    serverNames: Object.freeze([]),
  }),
  logLevel: 'error',
  logFormat: 'text',
  pullTimeoutMs: 60_000,
  airGapped: false,
  rehearseAirGap: false,
  alwaysPullLatest: false,
  linkCheck: 'public',
  maxFills: 64,
  complete: true,
  concurrent: 1,
  shutdownDelayMs: 0,
  shutdownGraceMs: 30_000,
  minFree: '10%',
  pruneIntervalMs: 60_000,
  sendfile: 'auto',
  scrubRate: 20_000_000,
  registries: Object.freeze([]),
});

/** What a running server can take over from a changed configuration. */
export type ReloadableConfig = Pick<
  Config,
  'registries' | 'allowRegistries' | 'denyRegistries' | 'imageValidation'
>;

/** A configuration with what can be taken over from another; all else stays as it was at the start. */
export function reloaded(
  current: Config,
  { registries, allowRegistries, denyRegistries, imageValidation }: ReloadableConfig,
): Config {
  const { allowRegistries: _allowed, denyRegistries: _denied, ...others } = current;
  return Object.freeze({
    ...others,
    registries,
    imageValidation,
    ...(allowRegistries !== undefined && { allowRegistries }),
    ...(denyRegistries !== undefined && { denyRegistries }),
  });
}

/** One spelling for one registry: `:80` is as good as nothing over plain HTTP, as `:443` is over HTTPS. */
export function registryIdentity(name: RegistryHost, scheme: Scheme = 'https'): RegistryHost {
  return scheme === 'http' ? (name.replace(/:80$/, '') as RegistryHost) : name;
}

const unconfigured: Omit<RegistryEntry, 'registry'> = {
  scheme: 'https',
  tls: Object.freeze({ insecureSkipVerify: false }),
  revalidate: 'always',
  tags: Object.freeze([]),
  immutableVersions: false,
  airGapped: false,
};

/** The entry of a registry that has none: https, verified, anonymous. */
export function defaultRegistryEntry(registry: RegistryHost): RegistryEntry {
  return Object.freeze({ registry, ...unconfigured });
}

/** The entries of each registry, the one with the longest `path_prefix` first. */
type EntryTable = ReadonlyMap<RegistryHost, readonly RegistryEntry[]>;

/** Worked out once for each configuration, because every pull asks; it goes when its configuration does. */
const tables = new WeakMap<Config['registries'], EntryTable>();

function entryTable(registries: Config['registries']): EntryTable {
  let table = tables.get(registries);
  if (table === undefined) {
    const prefixLength = ({ pathPrefix }: RegistryEntry): number => pathPrefix?.length ?? 0;
    const sorted = registries.toSorted((a, b) => prefixLength(b) - prefixLength(a));
    tables.set(registries, (table = Map.groupBy(sorted, ({ registry }) => registry)));
  }
  return table;
}

/** The entry for the whole of a registry, matched by exact host and port, or the default one. */
export function registryEntry(
  { registries }: Pick<Config, 'registries'>,
  registry: RegistryHost,
): RegistryEntry {
  const own = entryTable(registries).get(registry);
  return own?.find(({ pathPrefix }) => pathPrefix === undefined) ?? defaultRegistryEntry(registry);
}

/**
 * The entry for one repository: of those that name its registry exactly, the one with the longest `path_prefix` that
 * the repository is at or below, on `/` boundaries; else the one for the whole registry; else the default.
 */
export function registryEntryFor(
  { registries }: Pick<Config, 'registries'>,
  registry: RegistryHost,
  repository: RepositoryName,
): RegistryEntry {
  const longest = entryTable(registries)
    .get(registry)
    ?.find(
      ({ pathPrefix }) =>
        pathPrefix === undefined || repository === pathPrefix || repository.startsWith(`${pathPrefix}/`),
    );
  return longest ?? defaultRegistryEntry(registry);
}
