// The one schema of every setting, by the keys of the file; flags and environment variables are named after them.
import { resolve } from 'node:path';
import { z } from 'zod';
import { logFormats, logLevels } from '../log/log.ts';
import { linkChecks, schemes } from './config.ts';
import type { Config, RegistryEntry } from './config.ts';
import * as value from './value.ts';

const auth = z
  .strictObject({
    user: value.filledText().describe('The user name.'),
    password: value.filledText().describe('The password, or an access token.'),
  })
  .partial()
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'needs both user and password, or neither',
  })
  .describe('Credentials, sent to the registry itself and to its token service and nowhere else.');

const tls = z
  .strictObject({
    ca: value.pemFile().describe('PEM file of the authority that signed the registry’s certificate.'),
    cert: value.pemFile().describe('PEM file of the certificate that we show to the registry.'),
    key: value.pemFile().describe('PEM file of the key of `cert`.'),
    insecure_skip_verify: value.yesOrNo().describe('Believe any certificate. For tests only.'),
  })
  .partial()
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: 'needs both cert and key, or neither',
  })
  .describe(
    'How the registry is verified, and how it verifies us. Relative paths start at the working directory.',
  );

/** One entry of `registries`. */
export const registrySchema = z
  .strictObject({
    name: value.registryHost().describe('The registry: a host, with its port if it is not 443.'),
    description: value.text().optional().describe('For people.'),
    scheme: value
      .oneOf(...schemes)
      .optional()
      .describe('`https` (the default) or `http`.'),
    auth: auth.optional(),
    tls: tls.optional(),
    revalidate: value
      .revalidation()
      .optional()
      .describe(
        'When a cached tag is checked upstream: `always` (the default), `never`, or an age such as `10m`.',
      ),
    complete: value.yesOrNo().optional().describe('Like `complete` of the server, for this registry alone.'),
    air_gapped: value.yesOrNo().optional().describe('Never ask this registry; serve what is cached.'),
  })
  .transform(toRegistryEntry);

/** Every setting with its description; `value` is what stands for a value in the usage of its flag. */
export const settingShape = {
  image_path: value
    .filledText()
    .transform((path) => resolve(path))
    .meta({ description: 'The directory of the cache.', value: 'DIR' }),
  host: value
    .listenHost()
    .meta({ description: 'The address to listen on; empty is every address.', value: 'HOST' }),
  port: value
    .wholeNumber(0, 65_535)
    .meta({ description: 'The port to listen on; 0 is any free one.', value: 'PORT' }),
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
  shutdown_grace: value.duration(0).meta({
    description:
      'How long running pulls may take to finish at shutdown: milliseconds, or a duration such as 30s.',
    value: 'MS',
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
  log_level: 'logLevel',
  log_format: 'logFormat',
  pull_timeout: 'pullTimeoutMs',
  default_ns: 'defaultNs',
  air_gapped: 'airGapped',
  always_pull_latest: 'alwaysPullLatest',
  link_check: 'linkCheck',
  max_fills: 'maxFills',
  complete: 'complete',
  concurrent: 'concurrent',
  shutdown_grace: 'shutdownGraceMs',
  registries: 'registries',
} as const satisfies Readonly<Record<SettingKey, keyof Config>>;

interface WrittenEntry {
  readonly name: RegistryEntry['registry'];
  readonly description?: string | undefined;
  readonly scheme?: RegistryEntry['scheme'] | undefined;
  readonly auth?: z.output<typeof auth> | undefined;
  readonly tls?: z.output<typeof tls> | undefined;
  readonly revalidate?: RegistryEntry['revalidate'] | undefined;
  readonly complete?: boolean | undefined;
  readonly air_gapped?: boolean | undefined;
}

function toRegistryEntry({
  name,
  description,
  scheme,
  auth,
  tls,
  revalidate,
  complete,
  air_gapped,
}: WrittenEntry): RegistryEntry {
  const { user, password } = auth ?? {};
  const { ca, cert, key, insecure_skip_verify } = tls ?? {};
  return {
    registry: name,
    ...(description !== undefined && { description }),
    scheme: scheme ?? 'https',
    ...(user !== undefined && password !== undefined && { auth: { user, password } }),
    tls: {
      ...(ca !== undefined && { ca: resolve(ca) }),
      ...(cert !== undefined && { cert: resolve(cert) }),
      ...(key !== undefined && { key: resolve(key) }),
      insecureSkipVerify: insecure_skip_verify ?? false,
    },
    revalidate: revalidate ?? 'always',
    ...(complete !== undefined && { complete }),
    airGapped: air_gapped ?? false,
  };
}
