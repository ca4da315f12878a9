// A machine that runs systemd, for real: it has processes, mounts and control groups of its own over this machine's files, and
// what it changes of them is in memory alone. Its network, and the clone that is under test, are this machine's.
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { expect } from 'vitest';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';
import type { Finished, ToolOptions } from './tool.ts';

const clone = resolve(import.meta.dirname, '../..');

export class SystemdMachine {
  readonly #place: Place;
  readonly #daemon: Daemon;
  readonly #group: string;
  #first = '';

  private constructor(place: Place, daemon: Daemon, group: string) {
    this.#place = place;
    this.#daemon = daemon;
    this.#group = group;
  }

  /** Undefined where this process may not make such a machine. */
  static async boot(place: Place): Promise<SystemdMachine | undefined> {
    const may = await place.run('unshare', ['--pid', '--mount', '--cgroup', '--fork', 'true'], {
      mayFail: true,
    });
    if (may.status !== 0) return undefined;
    const mount = await place.directory('machine');
    const group = basename(place.root);
    const script = resolve(clone, 'test/e2e/systemd-machine.sh');
    const daemon = place.daemon(script, [mount, group], { cwd: clone });
    const machine = new SystemdMachine(place, daemon, group);
    await daemon.says(';');
    const holder = /held by (\d+);/.exec(daemon.output)?.[1] ?? '';
    const children = `/proc/${holder}/task/${holder}/children`;
    await expect
      .poll(
        async () => {
          machine.#first = (await readFile(children, 'utf8')).trim();
          return machine.run('systemctl', ['is-active', 'basic.target'], { mayFail: true });
        },
        { timeout: 30_000 },
      )
      .toMatchObject({ stdout: 'active\n' });
    return machine;
  }

  /** Runs a program there, as root. */
  run(program: string, args: readonly string[], options?: ToolOptions): Promise<Finished> {
    const where = ['--target', this.#first, '--mount', '--pid', '--cgroup', '--root', '--wd'];
    return this.#place.run('nsenter', [...where, program, ...args], options);
  }

  /** What systemd says of a service. */
  async property(service: string, name: string): Promise<string> {
    const { stdout } = await this.run('systemctl', ['show', service, '--property', name, '--value']);
    return stdout.trim();
  }

  /** Ends all that runs there, and takes its control groups away. */
  async powerOff(): Promise<void> {
    await this.#daemon.stop('SIGKILL');
    const find = ['/sys/fs/cgroup', '-depth', '-path', `*/${this.#group}*`, '-type', 'd'];
    await expect
      .poll(
        async () => {
          await this.#place.run('find', [...find, '-delete'], { mayFail: true });
          return (await this.#place.run('find', find)).stdout;
        },
        { timeout: 30_000 },
      )
      .toBe('');
  }
}
