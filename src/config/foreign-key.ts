// The keys of the two programs whose users come here: the newer Go project (camelCase), and Trow.

/** The mapping of a file in which a key stands. */
export type KeyPlace = 'file' | 'entry' | 'auth' | 'tls' | 'server_tls';

export interface ForeignKey {
  readonly key: string;
  readonly place: KeyPlace;
  readonly project: 'the Go project' | 'Trow';
  /** What it is called here, with its mapping where that is another one. */
  readonly ours?: string;
  /** Where there is nothing like it: why not, or what there is. */
  readonly why?: string;
}

const go = (place: KeyPlace, key: string, told: Pick<ForeignKey, 'ours' | 'why'>): ForeignKey => ({
  ...{ key, place, project: 'the Go project' },
  ...told,
});
const trow = (place: KeyPlace, key: string, told: Pick<ForeignKey, 'ours' | 'why'>): ForeignKey => ({
  ...{ key, place, project: 'Trow' },
  ...told,
});

/**
 * Only those that are no keys of ours.
 * @see https://github.com/aceeric/ociregistry/blob/main/docs/docs/configuring-the-server.md
 * @see https://github.com/Trow-Registry/trow/blob/main/src/configuration.rs
 */
export const foreignKeys: readonly ForeignKey[] = [
  go('file', 'imagePath', { ours: 'image_path' }),
  go('file', 'logLevel', { ours: 'log_level' }),
  go('file', 'pullTimeout', { ours: 'pull_timeout' }),
  go('file', 'alwaysPullLatest', { ours: 'always_pull_latest' }),
  go('file', 'airGapped', { ours: 'air_gapped' }),
  go('file', 'logFile', { why: 'the log goes to standard error; whoever starts the server can redirect it' }),
  go('file', 'configFile', { why: 'the file is named by --config-path or OCIREGISTRY_CONFIG_PATH' }),
  go('file', 'preloadImages', { why: 'lists of images are for the command `load`, not for the server' }),
  go('file', 'imageFile', { why: 'lists of images are for the command `load`, which is told their files' }),
  go('file', 'os', {
    why: 'every platform is cached that a client asks for; `platforms` is for the command `load`',
  }),
  go('file', 'arch', {
    why: 'every platform is cached that a client asks for; `platforms` is for the command `load`',
  }),
  go('file', 'helloWorld', { why: 'there is no such test mode' }),
  go('file', 'health', { ours: 'health_port' }),
  go('file', 'metrics', { ours: 'metrics_port' }),
  go('file', 'pruneConfig', { ours: 'not_pulled_for' }),
  go('file', 'listConfig', { why: 'the command `list` has flags of its own' }),
  go('file', 'serverTlsConfig', { ours: 'server_tls' }),
  go('entry', 'opts', { why: 'it is derived from the other keys' }),
  go('auth', 'passwordFromEnv', { ours: 'password_from_env' }),
  go('server_tls', 'clientAuth', { ours: 'client_auth' }),
  go('tls', 'insecureSkipVerify', { ours: 'insecure_skip_verify' }),
  trow('file', 'registry_proxies', { ours: 'registries' }),
  trow('file', 'offline', { ours: 'air_gapped' }),
  trow('file', 'stream', { why: 'blobs are always streamed while they are cached' }),
  trow('entry', 'host', { ours: 'name' }),
  trow('entry', 'alias', {
    why: 'paths have the name of the registry itself, as in f/docker.io/library/nginx',
  }),
  trow('entry', 'insecure', { ours: 'scheme: http' }),
  trow('entry', 'username', { ours: 'auth.user' }),
  trow('entry', 'password', { ours: 'auth.password' }),
  trow('entry', 'password_file', { ours: 'auth.password_file' }),
];

export function foreignKey(
  place: KeyPlace,
  key: string,
  project?: ForeignKey['project'],
): ForeignKey | undefined {
  return foreignKeys.find(
    (foreign) =>
      foreign.place === place &&
      foreign.key === key &&
      (project === undefined || foreign.project === project),
  );
}

/** The mapping that is at a path of the file, whether it is a mapping or the bare list. */
export function keyPlace(path: readonly PropertyKey[]): KeyPlace | undefined {
  const last = path.at(-1);
  if (last === undefined) return 'file';
  if (typeof last === 'number') return 'entry';
  return last === 'auth' || last === 'tls' || last === 'server_tls' ? last : undefined;
}
