// What systemd is told of us, where it has started us and asks for it: that the server is ready, lives, and stops.
import type { Environment } from '../config/environment.ts';
import { loadLibc } from '../http/libc.ts';
import type { Libc } from '../http/libc.ts';
import type { Log } from '../log/log.ts';

export interface ServiceManager {
  /** From now on it also hears that we live, as often as it wants. */
  ready(status: string): void;
  stopping(): void;
}

const AF_UNIX = 1;
/** SOCK_DGRAM and SOCK_CLOEXEC. */
const DATAGRAM = 0o2000002;
/** MSG_DONTWAIT and MSG_NOSIGNAL: nobody's pull waits for systemd. */
const AT_ONCE = 0x4040;

const nobody: ServiceManager = { ready: () => undefined, stopping: () => undefined };

/**
 * Where no service manager asks, or it cannot be told, telling it does nothing.
 * @see https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html
 */
export async function openServiceManager(environment: Environment = {}, log: Log): Promise<ServiceManager> {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog, WATCHDOG_PID: watched } = environment;
  if (socket === undefined || socket === '') return nobody;
  try {
    const libc = await loadLibc();
    const tell = (state: string): void => {
      if (!send(libc, socket, state)) log.warn('the service manager was not reached', { socket, state });
    };
    const mine = watched === undefined || watched === String(process.pid);
    const wait = mine ? Number(watchdog ?? 0) / 1000 : 0;
    return {
      ready(status) {
        tell(`READY=1\nSTATUS=${status}`);
        // Twice as often as it must be; a server that hangs does not come to it.
        if (wait > 0) setInterval(() => tell('WATCHDOG=1'), wait / 2).unref();
      },
      stopping: () => tell('STOPPING=1\nSTATUS=running pulls may finish'),
    };
  } catch (error) {
    log.error('the service manager cannot be told anything; Type=exec does not ask for it', {
      reason: String(error),
    });
    return nobody;
  }
}

/** False when it did not arrive. */
function send(libc: Libc, path: string, state: string): boolean {
  const fd = libc.socket(AF_UNIX, DATAGRAM, 0);
  if (fd < 0) return false;
  try {
    const message = Buffer.from(state);
    const address = socketAddress(path);
    return libc.sendto(fd, message, BigInt(message.length), AT_ONCE, address, address.length) >= 0;
  } finally {
    libc.close(fd);
  }
}

/** A sockaddr_un; a leading `@` stands for the NUL of an abstract name. */
function socketAddress(path: string): Buffer {
  const family = Buffer.from(new Uint16Array([AF_UNIX]).buffer);
  return Buffer.concat([family, Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`)]);
}
