// The gate: who has no right to pull is answered here, ahead of everything that could answer him.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConfigError } from '../config/mistake.ts';
import { openSecretProblem, secretFiles } from '../config/secret-file.ts';
import { watchText } from '../config/watch.ts';
import type { Log } from '../log/log.ts';
import { errorBody, OciError } from '../oci/errors.ts';
import { endAccess, newAccessRecord } from './access-record.ts';
import type { Measure } from './access-record.ts';
import { RETRY_AFTER_S } from './attempts.ts';
import { ClientPasswords } from './client-passwords.ts';
import { parseHtpasswd } from './htpasswd.ts';
import type { ListenerOptions } from './listener.ts';
import { sendAtOnce } from './send-at-once.ts';

export interface ClientGate extends Disposable {
  readonly admits: NonNullable<ListenerOptions['admits']>;
}

/** What is told of those who are turned away. */
export interface GateOptions {
  readonly log: Log;
  readonly measure: Measure;
}

/** @throws {ConfigError} when the file cannot be used */
export async function openClientGate(path: string, options: GateOptions): Promise<ClientGate> {
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
        return verdict.then((found) => found === 'right' || refuse(found, incoming, outgoing, options));
      }
      return refuse(verdict, incoming, outgoing, options);
    },
    [Symbol.dispose]() {
      watch.close();
      passwords[Symbol.dispose]();
    },
  };
}

/** The same answer for no password, a wrong one, and a user that does not exist. */
const unauthorized = new OciError('UNAUTHORIZED', 'this server wants a user and a password: log in to it', {
  headers: { 'WWW-Authenticate': 'Basic realm="ociregistry", charset="UTF-8"' },
});

/** Not 429, which containerd answers with thirty more. */
const later = new OciError('TOOMANYREQUESTS', 'too many passwords were tried; try again in a minute', {
  status: 503,
  headers: { 'Retry-After': String(RETRY_AFTER_S) },
});

function refuse(
  verdict: 'wrong' | 'later',
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { log, measure }: GateOptions,
): false {
  const error = verdict === 'wrong' ? unauthorized : later;
  const record = newAccessRecord(incoming.method ?? '', incoming.url ?? '');
  sendAtOnce(
    { incoming, outgoing, record, log },
    {
      status: error.status,
      headers: { 'Content-Type': 'application/json', ...error.headers },
      body: Buffer.from(JSON.stringify(errorBody(error))),
    },
  );
  endAccess(record, log, measure);
  return false;
}
