// A control group with little memory, of version 1 or 2, whatever the machine has.
import { existsSync, readFileSync, rmdirSync } from 'node:fs';

interface Kind {
  readonly root: string;
  readonly limit: string;
  /** The file that says how often the limit was met, and what is in it before the number. */
  readonly met: readonly [file: string, pattern: RegExp];
}

const version1: Kind = {
  root: '/sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  met: ['memory.failcnt', /^(\d+)$/m],
};
const version2: Kind = {
  root: '/sys/fs/cgroup',
  limit: 'memory.max',
  met: ['memory.events', /^max (\d+)$/m],
};

export class MemoryGroup {
  readonly #path: string;
  readonly #kind: Kind;
  readonly #limit: number;

  /** @param limit bytes */
  constructor(name: string, limit: number) {
    this.#kind = existsSync(`${version1.root}/${version1.limit}`) ? version1 : version2;
    this.#path = `${this.#kind.root}/${name}`;
    this.#limit = limit;
  }

  /** A program and arguments that become another program, inside of the group. */
  get under(): readonly string[] {
    const script =
      'mkdir -p "$0" && echo "$1" > "$0/$2" && echo $$ > "$0/cgroup.procs" && shift 2 && exec "$@"';
    return ['sh', '-c', script, this.#path, String(this.#limit), this.#kind.limit];
  }

  /** How often somebody inside has wanted more than there was, and something had to be given back for it. */
  get timesMet(): number {
    const [file, pattern] = this.#kind.met;
    return Number(pattern.exec(readFileSync(`${this.#path}/${file}`, 'utf8'))?.[1] ?? 0);
  }

  /** When nobody is inside any more. */
  remove(): void {
    if (existsSync(this.#path)) rmdirSync(this.#path);
  }
}
