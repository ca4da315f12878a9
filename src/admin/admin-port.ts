// The admin API over TCP, for whoever has the token.
import type { Server } from 'node:http';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/mistake.ts';
import { openSecretProblem, secretFiles } from '../config/secret-file.ts';
import { addressOf, listen, urlOf } from '../http/listener.ts';
import type { Fetch } from '../http/listener.ts';
import { refusal } from '../http/small-app.ts';
import type { Log } from '../log/log.ts';
import { OciError } from '../oci/errors.ts';
import { createAdminListener } from './admin-listener.ts';
import { openAdminToken } from './admin-token.ts';

export interface AdminPort {
  readonly server: Server;
  readonly url: string;
}

type PortSettings = Pick<Config, 'adminHost' | 'adminPort' | 'adminTokenFile'>;

/**
 * Listens where it is asked for. Where a browser comes from is not looked at: no page has the token, neither one of
 * another origin nor one whose name leads here all of a sudden.
 * @returns undefined when no port is set
 * @throws {ConfigError} when there is no token
 * @throws {Error} with `code` EADDRINUSE or the like when it cannot listen
 */
export async function openAdminPort(
  fetch: Fetch,
  { adminHost, adminPort, adminTokenFile }: PortSettings,
  log: Log,
): Promise<AdminPort | undefined> {
  if (adminPort === undefined) return undefined;
  if (adminTokenFile === undefined) {
    throw mistake('admin_port', 'needs admin_token_file, the file with the token that opens it');
  }
  const token = await openAdminToken(adminTokenFile, secretFiles, log).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw mistake(`admin_token_file ${adminTokenFile}`, why, cause);
  });
  const problem = openSecretProblem(adminTokenFile);
  if (problem !== undefined) log.warn(`admin_token_file: ${problem}`, { path: adminTokenFile });
  const server = createAdminListener(async (request, env) => {
    const isOpen = await token.opens(request.headers.get('Authorization') ?? undefined);
    return isOpen ? fetch(request, env) : refusal(unauthorized());
  });
  await listen(server, addressOf(adminHost, adminPort));
  return { server, url: urlOf(adminHost, server) };
}

function mistake(place: string, message: string, cause?: unknown): ConfigError {
  return new ConfigError([{ place, message, usage: false }], { cause });
}

/** The same for no token and for a wrong one; nothing of it is logged. */
function unauthorized(): OciError {
  return new OciError('UNAUTHORIZED', 'this needs the token: Authorization: Bearer …', {
    headers: { 'WWW-Authenticate': 'Bearer realm="ociregistry admin"', Connection: 'close' },
  });
}
