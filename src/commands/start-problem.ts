// Why the server did not start, in one line with its remedy.
import type { Config } from '../config/config.ts';

/** What to say of an error at the start; those of the operating system come with what to do. */
export function startProblem(error: unknown, config: Config): string {
  const { code, syscall, address, port = config.port } = systemError(error);
  const { prefix, host } = listenerOf(port, config);
  if (code === 'EADDRINUSE')
    return `port ${port} is in use; stop the program that has it or choose another with ${prefix}port`;
  if (code === 'EACCES' && syscall === 'listen') {
    return `this user may not listen on port ${port}; choose one above 1023 with ${prefix}port`;
  }
  if (code === 'EADDRNOTAVAIL' || syscall === 'getaddrinfo') {
    return `${address ?? host} is no address of this machine; choose another with ${prefix}host`;
  }
  if (code === 'EAFNOSUPPORT') {
    return `this machine has no IPv6, which ${address ?? host} is of; choose another with ${prefix}host`;
  }
  const disk = diskProblems[code];
  if (disk !== undefined) return `image path ${config.imagePath}: ${disk}; choose another with --image-path`;
  return messages(error);
}

/** Which of the listeners has a port, by the flags that move it. */
function listenerOf(port: number, config: Config): { readonly prefix: string; readonly host: string } {
  const { host, metricsHost, metricsPort, healthHost, healthPort } = config;
  const { adminHost, adminPort, admissionHost, admissionPort } = config;
  if (port === config.port) return { prefix: '--', host };
  if (port === metricsPort) return { prefix: '--metrics-', host: metricsHost };
  if (port === healthPort) return { prefix: '--health-', host: healthHost };
  if (port === adminPort) return { prefix: '--admin-', host: adminHost };
  if (port === admissionPort) return { prefix: '--admission-', host: admissionHost };
  return { prefix: '--', host };
}

const diskProblems: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'this user may not write there',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of it is a file, not a directory',
  EEXIST: 'it is a file, not a directory',
  ENOENT: 'there is no such directory',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

interface ListenError extends NodeJS.ErrnoException {
  readonly address?: string;
  /** In place of it, where a name could not be looked up. */
  readonly hostname?: string;
  readonly port?: number;
}

/** The operating system's error, which others may have wrapped. */
function systemError(error: unknown): {
  readonly code: string;
  readonly syscall?: string;
  /** What could not be listened on. */
  readonly address?: string;
  readonly port?: number;
} {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    const { code, syscall, port, hostname, address = hostname } = at as ListenError;
    if (typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) continue;
    return {
      code,
      ...(syscall !== undefined && { syscall }),
      ...(address !== undefined && { address }),
      ...(port !== undefined && { port }),
    };
  }
  return { code: '' };
}

function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, cause } = error;
  if (!(cause instanceof Error) || message.includes(cause.message)) return message;
  return `${message}: ${messages(cause)}`;
}
