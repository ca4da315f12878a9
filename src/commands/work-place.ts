// Where a command does its work: through the server that runs on the directory, or on the files when none does.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { adminSocketPath } from '../admin/admin-socket.ts';
import type { Config, LinkCheck } from '../config/config.ts';
import { loadWithOrigins } from '../config/load.ts';
import type { ConfigSources, LoadedConfig } from '../config/load.ts';
import { secretFiles } from '../config/secret-file.ts';
import { askServer, NoServer, UnknownOperation } from './admin-client.ts';
import type { AdminClient, ServerAddress } from './admin-client.ts';
import { startProblem } from './start-problem.ts';

/** What was said of it on the command line. */
export interface ServerFlags {
  readonly server?: Omit<ServerAddress, 'token'>;
  readonly tokenFile?: string;
  readonly direct?: true;
}

export interface WorkPlace extends LoadedConfig {
  readonly flags: ServerFlags;
}

/** @throws {ConfigError} */
export function workPlace(sources: ConfigSources, flags: ServerFlags): WorkPlace {
  return { ...loadWithOrigins(sources), flags };
}

/** For commands that only a server can answer. */
export function addServerOptions(command: Command): void {
  command
    .option(
      '--server <URL>',
      'Ask this server, as http://HOST:PORT or unix:SOCKET, not the one on the image path.',
      serverUrl,
    )
    .option('--token-file <FILE>', 'The file with the token of its admin_port.');
}

/** For commands that can do without one. */
export function addPlaceOptions(command: Command): void {
  addServerOptions(command);
  const direct = new Option('--direct', 'Work on the files, also when a server runs on them.');
  command.addOption(direct.conflicts('server'));
}

/**
 * Has a server do it, or does it on the files when there is none, or it is too old to.
 * @throws {Error} with its remedy, when neither can be had
 */
export async function serverOrFiles<T>(
  place: WorkPlace,
  ask: (client: AdminClient) => Promise<T>,
  files: (config: Config) => Promise<T>,
): Promise<T> {
  const { config, flags } = place;
  if (flags.direct !== true) {
    try {
      return await onServer(place, ask);
    } catch (error) {
      const otherwise = error instanceof NoServer || error instanceof UnknownOperation;
      if (!otherwise || flags.server !== undefined) throw error;
      if (error instanceof UnknownOperation) {
        process.stderr.write(`ociregistry: ${error.message}; it is done on the files\n`);
      }
    }
  }
  return files(config).catch((cause: unknown) => {
    throw new Error(startProblem(cause, config), { cause });
  });
}

/** @throws {NoServer} */
export async function onServer<T>(
  { config: { imagePath }, flags: { server, tokenFile } }: WorkPlace,
  ask: (client: AdminClient) => Promise<T>,
): Promise<T> {
  const address = server ?? ownServer(imagePath);
  if (tokenFile === undefined) return askServer(address, ask);
  const token = await secretFiles.read(tokenFile).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`--token-file ${tokenFile}: ${why}`, { cause });
  });
  return askServer({ ...address, token: token.trim() }, ask);
}

/** The setting where somebody has said it: a server otherwise judges as it serves. */
export function linkCheckSaid({ config, origins }: WorkPlace): { readonly linkCheck?: LinkCheck } {
  return origins.has('link_check') ? { linkCheck: config.linkCheck } : {};
}

/** Where its content is, for people. */
export function nameOf({ config, flags }: WorkPlace): string {
  return flags.server?.name ?? config.imagePath;
}

function ownServer(imagePath: string): ServerAddress {
  const socketPath = adminSocketPath(imagePath);
  if (socketPath === undefined) {
    throw new NoServer(`no server can be asked on ${imagePath}: the path is too long for a socket`);
  }
  return { name: imagePath, origin: 'http://localhost', socketPath };
}

function serverUrl(text: string): ServerAddress {
  const socketPath = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1];
  if (socketPath !== undefined) return { name: text, origin: 'http://localhost', socketPath };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '';
  if (!isBare || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It is http://HOST:PORT, https://HOST:PORT or unix:SOCKET.');
  }
  return { name: url.origin, origin: url.origin };
}
