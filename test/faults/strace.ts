// Faults of system calls, injected by strace: into a server that runs, or from its first moment on.
import type { Daemon } from '../e2e/daemon.ts';
import type { Place } from '../e2e/place.ts';

/** Calls that write files alone: sockets are written by others. */
export const fileWrites = 'pwrite64,pwritev,ftruncate';
export const fileReads = 'pread64,preadv,sendfile';

export class Strace implements AsyncDisposable {
  readonly #daemon: Daemon;

  private constructor(daemon: Daemon) {
    this.#daemon = daemon;
  }

  /** Meddles with all threads of a process from now on. @param faults as of `-e inject=` */
  static async attach(place: Place, pid: number, ...faults: readonly string[]): Promise<Strace> {
    const inject = faults.flatMap((fault) => ['-e', `inject=${fault}`]);
    const daemon = place.daemon('strace', ['-f', '-o', '/dev/null', ...inject, '-p', String(pid)]);
    await daemon.says('attached');
    return new Strace(daemon);
  }

  /** The cause goes away; the process goes on. */
  async detach(): Promise<void> {
    await this.#daemon.stop('SIGINT');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.detach();
  }
}

/** Kills what it becomes in front of the `nth` of these calls, counted from its start. */
export function killedAt(calls: string, nth: number): readonly string[] {
  return ['strace', '-D', '-f', '-o', '/dev/null', '-e', `inject=${calls}:signal=SIGKILL:when=${nth}`];
}

/** Writes down these calls of what it becomes, with the paths of its descriptors. */
export function noting(calls: string, file: string): readonly string[] {
  return ['strace', '-D', '-f', '-y', '-s', '1', '-o', file, '-e', `trace=${calls}`];
}
