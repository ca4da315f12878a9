// The gate: who has no right to pull is answered here, ahead of everything that could answer him.
import { ConfigError } from '../config/mistake.ts';
import { openSecretProblem, secretFiles } from '../config/secret-file.ts';
import { watchText } from '../config/watch.ts';
import { OciError } from '../oci/errors.ts';
import { RETRY_AFTER_S } from './attempts.ts';
import { ClientPasswords } from './client-passwords.ts';
import { parseHtpasswd } from './htpasswd.ts';
import type { ListenerOptions } from './listener.ts';
import { refuse } from './refuse.ts';
import type { RefusalOptions } from './refuse.ts';

export interface ClientGate extends Disposable {
  readonly admits: NonNullable<ListenerOptions['admits']>;
}

/** @throws {ConfigError} when the file cannot be used */
export async function openClientGate(path: string, options: RefusalOptions): Promise<ClientGate> {
  const { log } = options;
  const passwords = new ClientPasswords(log);
  // Before it is read, so that no change is missed.
  const watch = watchText(path, (text) => {
    try {
      const next = text === undefined ? undefined : parseHtpasswd(text);
      passwords.replace(next);
      if (next === undefined) log.error('htpasswd_file is gone; nobody is let in', { path });
      else log.info('the users have been read again', { path, users: next.users.size });
    } catch (error) {
      // A slip must not take a cluster down.
      log.error('htpasswd_file cannot be used; the users that were in it before stay', { path, error });
    }
  });
  try {
    passwords.replace(parseHtpasswd(await secretFiles.read(path)));
  } catch (cause) {
    watch.close();
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([{ place: `htpasswd_file ${path}`, message, usage: false }], { cause });
  }
  const problem = openSecretProblem(path);
  if (problem !== undefined) log.warn(`htpasswd_file: ${problem}`, { path });

  return {
    admits(incoming, outgoing) {
      const address = incoming.socket.remoteAddress ?? '';
      const verdict = passwords.check(incoming.headers.authorization, address);
      if (verdict === 'right') return true;
      if (typeof verdict !== 'string') {
        return verdict.then(
          (found) => found === 'right' || refuse(refusals[found], incoming, outgoing, options),
        );
      }
      return refuse(refusals[verdict], incoming, outgoing, options);
    },
    [Symbol.dispose]() {
      watch.close();
      passwords[Symbol.dispose]();
    },
  };
}

const refusals = {
  /** The same for no password, a wrong one, and a user that does not exist. */
  wrong: new OciError('UNAUTHORIZED', 'this server wants a user and a password: log in to it', {
    headers: { 'WWW-Authenticate': 'Basic realm="ociregistry", charset="UTF-8"' },
  }),
  /** Not 429, which containerd answers with thirty more. */
  later: new OciError('TOOMANYREQUESTS', 'too many passwords were tried; try again in a minute', {
    status: 503,
    headers: { 'Retry-After': String(RETRY_AFTER_S) },
  }),
};
