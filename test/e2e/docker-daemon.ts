// Docker's own daemon, with nothing but its images: `docker load` and `docker save`, by the API that its client uses.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';

export class DockerDaemon {
  readonly #place: Place;
  readonly #daemon: Daemon;
  readonly #socket: string;

  private constructor(place: Place, daemon: Daemon, socket: string) {
    this.#place = place;
    this.#daemon = daemon;
    this.#socket = socket;
  }

  /** It leaves the machine's network alone, since it runs no container. */
  static async start(place: Place): Promise<DockerDaemon> {
    const directory = await place.directory('dockerd');
    const config = join(directory, 'daemon.json');
    await writeFile(
      config,
      JSON.stringify({
        'data-root': join(directory, 'data'),
        'exec-root': join(directory, 'exec'),
        pidfile: join(directory, 'pid'),
        hosts: [`unix://${join(directory, 'docker.sock')}`],
        'storage-driver': 'vfs',
        bridge: 'none',
        iptables: false,
        ip6tables: false,
        'ip-forward': false,
      }),
    );
    const daemon = place.daemon('dockerd', ['--config-file', config]);
    await daemon.says('API listen on');
    return new DockerDaemon(place, daemon, join(directory, 'docker.sock'));
  }

  async load(archive: string): Promise<void> {
    await this.#call('images/load', ['--upload-file', archive, '--request', 'POST']);
  }

  async save(name: string, archive: string): Promise<void> {
    await this.#call(`images/${name}/get`, ['--output', archive]);
  }

  /** In peace, because it has its directory mounted, and a containerd of its own. */
  async stop(): Promise<void> {
    await this.#daemon.stop();
  }

  async #call(path: string, args: readonly string[]): Promise<void> {
    const url = `http://docker/v1.41/${path}`;
    await this.#place.run('curl', ['--fail', '--silent', '--unix-socket', this.#socket, ...args, url]);
  }
}
