// The Unix socket of the admin API: open to its owner alone, and never in the way of another server's.
import { chmod, link, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import type { Log } from '../log/log.ts';
import { closeListener, drain, listen } from '../http/listener.ts';

export interface AdminSocket {
  /** Where it listens; undefined where it does not, or not yet. */
  readonly path: string | undefined;
  /** Gives its place up to another server; what is being answered goes on. */
  withdraw(): Promise<void>;
  /** Withdraws, and ends when all is answered, or so many milliseconds have passed. */
  close(graceMs?: number): Promise<void>;
}

/** What stands where our socket is to be. */
type Occupant = 'nothing' | 'dead socket' | 'live socket' | 'something else';

const socketName = 'admin.sock';
/** Where the socket is made before it is put in its place. */
const privatePrefix = '.a-';
const privateName = 's';
/** What the kernel takes, less the zero at its end. */
const MAX_PATH_BYTES = 107;
/** How often to look whether another server on the directory has gone: in a rolling update it will. */
const RETRY_MS = 5_000;
const PROBE_MS = 1_000;

/** Where a directory's server has its socket, or undefined where the path is longer than the kernel takes. */
export function adminSocketPath(imagePath: string): string | undefined {
  const longest = join(imagePath, `${privatePrefix}XXXXXX`, privateName);
  return Buffer.byteLength(longest) > MAX_PATH_BYTES ? undefined : join(imagePath, socketName);
}

/**
 * Listens, or says in the log why not: a server without its admin API still serves. Where another server has the
 * place, it is taken as soon as that one has gone.
 * @param create makes a server that does not listen yet
 */
export async function openAdminSocket(
  create: () => Server,
  imagePath: string,
  log: Log,
  options: { readonly retryMs?: number } = {},
): Promise<AdminSocket> {
  const { retryMs = RETRY_MS } = options;
  const path = adminSocketPath(imagePath);
  let listening: Listening | undefined;
  let timer: NodeJS.Timeout | undefined;
  let announced = false;
  let closed = false;
  let claiming = Promise.resolve();

  async function claim(place: string): Promise<void> {
    try {
      const found = await occupant(place);
      if (found === 'something else') {
        log.warn('no admin socket, because something else has its name', { path: place });
        return;
      }
      if (found !== 'live socket') listening = await take(create(), place, imagePath, found);
      if (listening !== undefined) {
        log.info('the admin API listens', { path: place });
        return;
      }
    } catch (error) {
      log.warn('no admin socket; the commands that ask a running server will find none', {
        path: place,
        error,
      });
      return;
    }
    if (!announced) log.info('another server on this directory has the admin socket', { path: place });
    announced = true;
    if (closed) return;
    timer = setTimeout(() => void (claiming = claim(place)), retryMs).unref();
  }

  if (path === undefined) {
    const bytes = Buffer.byteLength(join(imagePath, socketName));
    log.warn(`no admin socket, because the image path is too long for one; use a shorter one`, { bytes });
  } else {
    claiming = claim(path);
    await claiming;
  }
  async function withdraw(): Promise<Listening | undefined> {
    closed = true;
    clearTimeout(timer);
    await claiming;
    await listening?.withdraw();
    return listening;
  }

  return {
    get path() {
      return listening === undefined || closed ? undefined : path;
    },
    async withdraw() {
      await withdraw();
    },
    async close(graceMs = 0) {
      const server = (await withdraw())?.server;
      if (server !== undefined) await drain(server, graceMs);
    },
  };
}

interface Listening {
  readonly server: Server;
  /** Twice does no harm. */
  withdraw(): Promise<void>;
}

/**
 * Listens in a directory that nobody else can enter, and puts the socket in its place when its mode is right; so
 * there is no moment at which others could connect. By a link, which never replaces what somebody else put there.
 * @returns undefined when another server was faster
 */
async function take(
  server: Server,
  place: string,
  imagePath: string,
  found: Occupant,
): Promise<Listening | undefined> {
  const directory = await mkdtemp(join(imagePath, privatePrefix));
  const made = join(directory, privateName);
  try {
    if (found === 'dead socket' && !(await removeDead(place, join(directory, 'd')))) return undefined;
    await listen(server, { path: made });
    await chmod(made, 0o600);
    const { ino } = await lstat(made, { bigint: true });
    await link(made, place);
    return {
      server,
      async withdraw() {
        const there = await lstat(place, { bigint: true }).catch(absent);
        if (there?.ino === ino) await unlink(place).catch(absent);
        server.close();
      },
    };
  } catch (error) {
    if (server.listening) await closeListener(server);
    if (codeOf(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Takes a dead server's socket away, and looks once more at what was taken: another server may have put its own there
 * in between, and gets it back.
 */
async function removeDead(place: string, aside: string): Promise<boolean> {
  await rename(place, aside).catch(absent);
  if ((await occupant(aside)) !== 'live socket') return true;
  await link(aside, place);
  return false;
}

async function occupant(path: string): Promise<Occupant> {
  const stats = await lstat(path).catch(absent);
  if (stats === undefined) return 'nothing';
  if (!stats.isSocket()) return 'something else';
  const { promise, resolve } = Promise.withResolvers<Occupant>();
  const socket = createConnection({ path, timeout: PROBE_MS });
  socket.on('connect', () => resolve('live socket'));
  // One that is too busy to answer, or is not ours to ask, is alive.
  socket.on('timeout', () => resolve('live socket'));
  socket.on('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED' ? 'dead socket' : 'live socket'));
  return promise.finally(() => socket.destroy());
}

function absent(error: unknown): undefined {
  if (codeOf(error) === 'ENOENT') return undefined;
  throw error;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
