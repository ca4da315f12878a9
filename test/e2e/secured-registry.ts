// docker-registry as company registries are: behind TLS, a password, tokens, or certificates of its clients.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ca, IssuedCertificate } from '../../mock/certificates.ts';
import { issue, makeCa } from '../../mock/certificates.ts';
import type { Daemon } from './daemon.ts';
import type { Place } from './place.ts';
import { freePort } from './port.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** An authority made for one journey, and files with what it issues. */
export class Authority {
  /** The path of its own certificate. */
  readonly file: string;
  readonly #ca: Ca;
  readonly #place: Place;

  private constructor(place: Place, ca: Ca, file: string) {
    this.#place = place;
    this.#ca = ca;
    this.file = file;
  }

  static async make(place: Place): Promise<Authority> {
    const ca = await makeCa();
    const file = join(await place.directory('authority'), 'ca.pem');
    await writeFile(file, ca.cert);
    return new Authority(place, ca, file);
  }

  issue(name: string, client = false): Promise<IssuedCertificate> {
    return issue(this.#ca, { names: [name], client });
  }

  async issueFiles(name: string, client = false): Promise<CertificateFiles> {
    const directory = await this.#place.directory('certificate');
    const { cert, key } = await this.issue(name, client);
    const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key, { mode: 0o600 });
    return files;
  }
}

export interface SecuredRegistryOptions {
  readonly authority: Authority;
  /** `auth` of its configuration. */
  readonly auth?: Readonly<Record<string, unknown>>;
  /** Whether clients must show a certificate of the authority. */
  readonly mutual?: boolean;
}

export class SecuredRegistry {
  readonly host: string;
  readonly #daemon: Daemon;

  private constructor(host: string, daemon: Daemon) {
    this.host = host;
    this.#daemon = daemon;
  }

  /** Serves what a directory holds. */
  static async start(
    place: Place,
    storage: string,
    { authority, auth, mutual = false }: SecuredRegistryOptions,
  ): Promise<SecuredRegistry> {
    const host = `127.0.0.1:${await freePort()}`;
    const { cert, key } = await authority.issueFiles('127.0.0.1');
    const tls = { certificate: cert, key, ...(mutual && { clientcas: [authority.file] }) };
    const config = join(await place.directory('secured-registry'), 'config.yml');
    await writeFile(
      config,
      JSON.stringify({
        version: 0.1,
        log: { level: 'info', accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: storage } },
        http: { addr: host, secret: 'of these tests', tls },
        ...(auth !== undefined && { auth }),
      }),
    );
    const daemon = place.daemon('docker-registry', ['serve', config], {
      env: { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' },
    });
    await daemon.says(`listening on ${host}`);
    return new SecuredRegistry(host, daemon);
  }

  /** Goes away as a power cut would have it. */
  async kill(): Promise<void> {
    await this.#daemon.stop('SIGKILL');
  }
}
