// Debian's docker-registry as the upstream: a real registry, in plain HTTP, on a port of its own.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';
import { freePort } from './port.ts';

export interface RegistryRequest {
  readonly method: string;
  /** path and query */
  readonly uri: string;
  readonly userAgent: string;
  readonly status: number;
}

export class DockerRegistry {
  readonly port: number;
  readonly #daemon: Daemon;

  private constructor(port: number, daemon: Daemon) {
    this.port = port;
    this.#daemon = daemon;
  }

  /** Serves what a directory holds, and keeps there what is pushed. */
  static async start(place: Place, storage: string): Promise<DockerRegistry> {
    const port = await freePort();
    const config = join(await place.directory('docker-registry'), 'config.yml');
    // JSON is a YAML, and needs no quoting of our own.
    await writeFile(
      config,
      JSON.stringify({
        version: 0.1,
        log: { level: 'info', formatter: 'json', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: storage } },
        http: { addr: `127.0.0.1:${port}`, secret: 'of these tests' },
      }),
    );
    const daemon = place.daemon('docker-registry', ['serve', config], {
      env: { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' },
    });
    await daemon.says(`listening on 127.0.0.1:${port}`);
    return new DockerRegistry(port, daemon);
  }

  /** As it stands in the name of an image. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** What was asked of it, by its own log. */
  get requests(): readonly RegistryRequest[] {
    return this.#daemon.output.split('\n').flatMap((line) => {
      if (!line.includes('"response completed"')) return [];
      const entry = JSON.parse(line) as Record<string, string | number | undefined>;
      return [
        {
          method: String(entry['http.request.method']),
          uri: String(entry['http.request.uri']),
          userAgent: String(entry['http.request.useragent'] ?? ''),
          status: Number(entry['http.response.status']),
        },
      ];
    });
  }

  /** Goes away as a power cut would have it. */
  async kill(): Promise<void> {
    await this.#daemon.stop('SIGKILL');
  }
}
