// The one schema of every setting, by the keys of the file; flags and environment variables are named after them.
import { resolve } from 'node:path';
import { z } from 'zod';
import { logFormats, logLevels } from '../log/log.ts';
import { certificateFiles, imageValidation } from './admission-schema.ts';
import { registryAuth } from './auth-schema.ts';
import { ecrHost } from '../oci/ecr-host.ts';
import { linkChecks, registryIdentity, schemes, sendfileModes } from './config.ts';
import type { Config, RegistryEntry } from './config.ts';
import * as connection from './connection-schema.ts';
import { serverTls } from './server-tls-schema.ts';
import * as value from './value.ts';

const tls = z
  .strictObject({
    ca: value.pemFile().describe('PEM file of the authority that signed the registry’s certificate.'),
    cert: value.pemFile().describe('PEM file of the certificate that we show to the registry.'),
    key: value.pemFile().describe('PEM file of the key of `cert`.'),
    insecure_skip_verify: value
      .yesOrNo()
      .describe('Believe any certificate. For tests only; `false` unless it is given.'),
  })
  .partial()
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'needs both cert and key, or neither',
  })
  .describe(
    'How the registry is verified, which is by the system’s trust store unless it is given, and how it verifies us. Relative paths start at the working directory.',
  );

/** One entry of `registries`. */
const registrySchema = z
  .strictObject({
    name: value.registryHost().describe('The registry: a host, with its port if it is not 443.'),
    path_prefix: connection
      .pathPrefix()
      .optional()
      .describe('This entry is for this repository and those below it alone; the longest one counts.'),
    description: value.text().optional().describe('For people.'),
    scheme: value
      .oneOf(...schemes)
      .optional()
      .describe('`https` (the default) or `http`.'),
    auth: registryAuth().optional(),
    tls: tls.optional(),
    revalidate: value
      .revalidation()
      .optional()
      .describe(
        'When a cached tag is checked upstream: `always` (the default), `never`, or an age such as `10m`.',
      ),
    tags: z
      .array(
        z.strictObject({
          pattern: value.filledText().describe('The tags it is for; `*` stands for anything.'),
          revalidate: value.revalidation().describe('Like `revalidate` of the registry, for these tags.'),
        }),
        { error: 'must be a list' },
      )
      .optional()
      .describe('Rules for tags; the first whose pattern fits decides, ahead of `revalidate`.'),
    immutable_versions: value
      .yesOrNo()
      .optional()
      .describe(
        'Never check a tag that looks like a full version, such as v1.2.3; `false` unless it is given.',
      ),
    complete: value.yesOrNo().optional().describe('Like `complete` of the server, for this registry alone.'),
    air_gapped: value
      .yesOrNo()
      .optional()
      .describe('Never ask this registry; serve what is cached. `false` unless it is given.'),
    endpoints: connection.endpoints().optional(),
    timeouts: connection.timeouts().optional(),
    max_connections: value
      .wholeNumber(1, 1000)
      .optional()
      .describe('How many connections there may be at once for blobs; 64 unless it is given.'),
  })
  .transform(toRegistryEntry);

/** Every setting with its description; `value` is what stands for a value in the usage of its flag. */
export const settingShape = {
  image_path: value
    .filledText()
    .transform((path) => resolve(path))
    .meta({ description: 'The directory of the cache.', value: 'DIR' }),
  host: value.listenHosts().meta({
    description: 'The address to listen on, or several with commas; empty is every address.',
    value: 'HOST',
  }),
  port: value
    .wholeNumber(0, 65_535)
    .meta({ description: 'The port to listen on; 0 is any free one.', value: 'PORT' }),
  server_tls: serverTls().meta({
    description:
      'Clients speak TLS with this certificate; the files are read again when they change. Without it, plain HTTP.',
  }),
  htpasswd_file: value
    .filledText()
    .transform((path) => resolve(path))
    .meta({
      description:
        'The file with the users who may pull, and their passwords as bcrypt; re-read when it changes. Without it, anybody may.',
      value: 'FILE',
    }),
  metrics_host: value.listenHost().meta({
    description: 'The address where `metrics_port` listens; empty is every address.',
    value: 'HOST',
  }),
  metrics_port: value.wholeNumber(0, 65_535).meta({
    description: 'A port for /metrics, /healthz and /readyz; 0 is any free one. Without it there is none.',
    value: 'PORT',
  }),
  health_host: value.listenHost().meta({
    description: 'The address where `health_port` listens; empty is every address.',
    value: 'HOST',
  }),
  health_port: value.wholeNumber(0, 65_535).meta({
    description: 'A port for /healthz and /readyz; 0 is any free one. Without it there is none.',
    value: 'PORT',
  }),
  ready_after_preload: value
    .yesOrNo()
    .meta({ description: 'Do not be ready before what is preloaded in the background is there.' }),
  admin_host: value.listenHost().meta({
    description: 'The address where `admin_port` listens; empty is every address.',
    value: 'HOST',
  }),
  admin_port: value.wholeNumber(0, 65_535).meta({
    description:
      'A port for the admin API, opened by a token; 0 is any free one. Without it there is the socket.',
    value: 'PORT',
  }),
  admin_token_file: value
    .filledText()
    .transform((path) => resolve(path))
    .meta({
      description: 'The file with the token of `admin_port`; re-read when it changes.',
      value: 'FILE',
    }),
  admission_host: value.listenHost().meta({
    description: 'The address where `admission_port` listens; empty is every address.',
    value: 'HOST',
  }),
  admission_port: value.wholeNumber(0, 65_535).meta({
    description:
      'A port where a Kubernetes API server asks which images may run, over TLS; 0 is any free one. Without it there is none.',
    value: 'PORT',
  }),
  admission_tls: certificateFiles().meta({
    description: 'The certificate of `admission_port`; its files are read again when they change.',
  }),
  image_validation: imageValidation().meta({ description: 'Which images may run.' }),
  log_level: value
    .oneOf(...logLevels)
    .meta({ description: 'What is logged: trace, debug, info, warn or error.', value: 'LEVEL' }),
  log_format: value
    .oneOf(...logFormats)
    .meta({ description: 'How it is logged: text or json.', value: 'FORMAT' }),
  pull_timeout: value.duration(1).meta({
    description: 'How long a pull may make no progress: milliseconds, or a duration such as 60s.',
    value: 'MS',
  }),
  default_ns: value
    .registryHost()
    .meta({ description: 'The registry of requests that name none.', value: 'REGISTRY' }),
  air_gapped: value.yesOrNo().meta({ description: 'Never ask an upstream; serve what is cached.' }),
  rehearse_air_gap: value.yesOrNo().meta({
    description:
      'Serve as always, and note what would have failed with the upstreams gone; `missed` lists it.',
  }),
  always_pull_latest: value
    .yesOrNo()
    .meta({ description: 'Fetch the tag `latest` anew each time it is pulled.' }),
  link_check: value.oneOf(...linkChecks).meta({
    description:
      'public: what was once obtained anonymously is served by digest when upstream cannot be asked; strict: never.',
    value: 'CHECK',
  }),
  max_fills: value
    .wholeNumber(1, 10_000)
    .meta({ description: 'How many blobs are fetched at once; more wait.', value: 'N' }),
  complete: value
    .yesOrNo()
    .meta({ description: 'Fetch in the background what a pulled image has and its client did not ask for.' }),
  concurrent: value
    .wholeNumber(1, 1000)
    .meta({ description: 'How many blobs are fetched at once in the background.', value: 'N' }),
  shutdown_delay: value.duration(0).meta({
    description:
      'How long all goes on before that at shutdown, until those who lead clients here have noticed: milliseconds, or a duration such as 5s.',
    value: 'MS',
  }),
  shutdown_grace: value.duration(0).meta({
    description:
      'How long running pulls may take to finish at shutdown: milliseconds, or a duration such as 30s.',
    value: 'MS',
  }),
  max_size: value.size().meta({
    description: 'What the cache may take, such as 50GiB; above it the least recently pulled images go.',
    value: 'SIZE',
  }),
  min_free: value.share().meta({
    description:
      'What is to stay free of the file system, such as 10% or 20GiB; below it the least recently pulled images go.',
    value: 'SIZE',
  }),
  not_pulled_for: value
    .span(60_000)
    .meta({ description: 'Images go that nobody has pulled for so long, such as 90d.', value: 'AGE' }),
  prune_interval: value.duration(1000).meta({
    description: 'How often it is checked whether images have to go: milliseconds, or a duration such as 1m.',
    value: 'MS',
  }),
  sendfile: value.oneOf(...sendfileModes).meta({
    description:
      'auto: cached blobs are sent by sendfile(2), through Node’s experimental FFI, where that works; off: they are read and written, and FFI is not loaded.',
    value: 'MODE',
  }),
  scrub_interval: value.span(60_000).meta({
    description:
      'How often the server reads and hashes all that it stores, to find what is damaged, such as 7d. Without it, never.',
    value: 'AGE',
  }),
  scrub_rate: value
    .size()
    .refine((rate) => rate > 0, { error: 'must be more than nothing' })
    .meta({ description: 'How many bytes a second that reads at the most, such as 20MB.', value: 'SIZE' }),
  platforms: connection.platforms().meta({
    description: 'What load brings in of images that are for several platforms, such as linux/amd64; or all.',
    value: 'PLATFORMS',
  }),
  allow_registries: connection.registryPatterns().meta({
    description: 'Only these registries may be asked for; `*` stands for anything.',
    value: 'HOSTS',
  }),
  deny_registries: connection.registryPatterns().meta({
    description: 'These registries may not be asked for, even if they are allowed.',
    value: 'HOSTS',
  }),
  registries: z.array(registrySchema, { error: 'must be a list' }).meta({
    description: 'The upstream registries that need more than anonymous access over verified HTTPS.',
  }),
} as const;

export const settingsSchema = z.strictObject(settingShape).partial();

/** What one source of settings says, by the file's keys. */
export type Settings = z.output<typeof settingsSchema>;
export type SettingKey = keyof typeof settingShape;

/** Which part of the Config each setting is. */
export const configKey = {
  image_path: 'imagePath',
  host: 'host',
  port: 'port',
  server_tls: 'serverTls',
  htpasswd_file: 'htpasswdFile',
  metrics_host: 'metricsHost',
  metrics_port: 'metricsPort',
  health_host: 'healthHost',
  health_port: 'healthPort',
  ready_after_preload: 'readyAfterPreload',
  admin_host: 'adminHost',
  admin_port: 'adminPort',
  admin_token_file: 'adminTokenFile',
  admission_host: 'admissionHost',
  admission_port: 'admissionPort',
  admission_tls: 'admissionTls',
  image_validation: 'imageValidation',
  log_level: 'logLevel',
  log_format: 'logFormat',
  pull_timeout: 'pullTimeoutMs',
  default_ns: 'defaultNs',
  air_gapped: 'airGapped',
  rehearse_air_gap: 'rehearseAirGap',
  always_pull_latest: 'alwaysPullLatest',
  link_check: 'linkCheck',
  max_fills: 'maxFills',
  complete: 'complete',
  concurrent: 'concurrent',
  shutdown_delay: 'shutdownDelayMs',
  shutdown_grace: 'shutdownGraceMs',
  max_size: 'maxSize',
  min_free: 'minFree',
  not_pulled_for: 'notPulledForMs',
  prune_interval: 'pruneIntervalMs',
  sendfile: 'sendfile',
  scrub_interval: 'scrubIntervalMs',
  scrub_rate: 'scrubRate',
  platforms: 'platforms',
  allow_registries: 'allowRegistries',
  deny_registries: 'denyRegistries',
  registries: 'registries',
} as const satisfies Readonly<Record<SettingKey, keyof Config>>;

interface WrittenEntry {
  readonly name: RegistryEntry['registry'];
  readonly path_prefix?: RegistryEntry['pathPrefix'] | undefined;
  readonly description?: string | undefined;
  readonly scheme?: RegistryEntry['scheme'] | undefined;
  readonly auth?: RegistryEntry['auth'] | undefined;
  readonly tls?: z.output<typeof tls> | undefined;
  readonly revalidate?: RegistryEntry['revalidate'] | undefined;
  readonly tags?: RegistryEntry['tags'] | undefined;
  readonly immutable_versions?: boolean | undefined;
  readonly complete?: boolean | undefined;
  readonly air_gapped?: boolean | undefined;
  readonly endpoints?: RegistryEntry['endpoints'] | undefined;
  readonly timeouts?: RegistryEntry['timeouts'] | undefined;
  readonly max_connections?: number | undefined;
}

/** A private registry of ECR is never anonymous: to name it is enough, unless it is reached elsewhere. */
function loginOf(
  name: RegistryEntry['registry'],
  auth: RegistryEntry['auth'],
  endpoints: RegistryEntry['endpoints'],
): Pick<RegistryEntry, 'auth'> {
  if (auth !== undefined) return { auth };
  return ecrHost(name) !== undefined && endpoints === undefined ? { auth: { ecr: {} } } : {};
}

function toRegistryEntry({
  name,
  path_prefix,
  description,
  scheme,
  auth,
  tls,
  revalidate,
  tags,
  immutable_versions,
  complete,
  air_gapped,
  endpoints,
  timeouts,
  max_connections,
}: WrittenEntry): RegistryEntry {
  const { ca, cert, key, insecure_skip_verify } = tls ?? {};
  return {
    registry: registryIdentity(name, scheme),
    ...(path_prefix !== undefined && { pathPrefix: path_prefix }),
    ...(description !== undefined && { description }),
    scheme: scheme ?? 'https',
    ...loginOf(name, auth, endpoints),
    tls: {
      ...(ca !== undefined && { ca: resolve(ca) }),
      ...(cert !== undefined && { cert: resolve(cert) }),
      ...(key !== undefined && { key: resolve(key) }),
      insecureSkipVerify: insecure_skip_verify ?? false,
    },
    revalidate: revalidate ?? 'always',
    tags: tags ?? [],
    immutableVersions: immutable_versions ?? false,
    ...(complete !== undefined && { complete }),
    airGapped: air_gapped ?? false,
    ...(endpoints !== undefined && { endpoints }),
    ...(timeouts !== undefined && { timeouts }),
    ...(max_connections !== undefined && { maxConnections: max_connections }),
  };
}
