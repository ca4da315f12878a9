// The certificate that a listener shows: checked before it listens, and replaced when its files are.
import type { X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContextOptions } from 'node:tls';
import { certificatesIn, privateKeyIn } from '../config/certificate.ts';
import type { CertificateFiles, ServerTls } from '../config/config.ts';
import { ConfigError } from '../config/mistake.ts';
import { readPemFile } from '../config/pem-file.ts';
import { watchText } from '../config/watch.ts';
import type { WatchTimes } from '../config/watch.ts';
import type { Log } from '../log/log.ts';

/** Its files are let be when it is disposed of. */
export interface ServerCertificate extends Disposable {
  /** As it is now. */
  readonly current: SecureContextOptions;
  /** Whether clients have to show one as well. */
  readonly clientMust: boolean;
  /** From now on this is told of every one that takes the place of another; several may follow. */
  follow(onChange: (next: SecureContextOptions) => void): void;
}

/** The setting that names the files. */
type Place = 'server_tls' | 'admission_tls';

type Files = CertificateFiles & Partial<ServerTls>;

/** @throws {ConfigError} that names the file, and what to do */
export function openServerCertificate(
  place: Place,
  tls: Files,
  log: Log,
  times?: WatchTimes,
): ServerCertificate {
  let current = read(place, tls, log);
  const followers: ((next: SecureContextOptions) => void)[] = [];
  const changed = (): void => {
    try {
      const next = read(place, tls, log);
      if (next.cert === current.cert && next.key === current.key && next.ca === current.ca) return;
      current = next;
      for (const follower of followers) follower(next);
      log.info('the certificate has been read again', { path: tls.cert });
    } catch (error) {
      // Half of a rotation, or a mistake: who connects meanwhile gets what was good before.
      log.error('the new certificate cannot be used; the one before stays', { error });
    }
  };
  // In the same turn as they were read.
  const watches = [tls.cert, tls.key, ...(tls.ca === undefined ? [] : [tls.ca])].map((path) =>
    watchText(path, changed, times),
  );
  return {
    get current() {
      return current;
    },
    clientMust: tls.clientAuth === 'verify',
    follow: (onChange) => void followers.push(onChange),
    [Symbol.dispose]: () => {
      for (const watch of watches) watch.close();
    },
  };
}

/** Of each file what Node needs, once all of them fit together. */
function read(place: Place, { cert, key, ca }: Files, log: Log): SecureContextOptions {
  const mistake = (name: string, path: string, message: string, cause?: unknown): ConfigError =>
    new ConfigError([{ place: `${place}.${name} ${path}`, message, usage: false }], { cause });
  const naming = <T>(name: string, path: string, look: () => T): T => {
    try {
      return look();
    } catch (cause) {
      throw mistake(name, path, cause instanceof Error ? cause.message : String(cause), cause);
    }
  };
  const [own] = naming('cert', cert, () => certificatesIn(cert));
  const secret = naming('key', key, () => privateKeyIn(key));
  if (ca !== undefined) naming('ca', ca, () => certificatesIn(ca));
  if (own?.checkPrivateKey(secret) === false) {
    throw mistake('key', key, `is not the key of ${cert}; put the two files there that belong together`);
  }
  if (own !== undefined) warnOfDates(own, cert, log);
  const options = {
    cert: readPemFile(cert),
    key: readPemFile(key),
    ...(ca !== undefined && { ca: readPemFile(ca) }),
    minVersion: 'TLSv1.2' as const,
  };
  // What only OpenSSL refuses, such as a key that is too short.
  naming('cert', cert, () => createSecureContext(options));
  return options;
}

function warnOfDates({ validFromDate, validToDate }: X509Certificate, path: string, log: Log): void {
  const now = new Date();
  if (validToDate < now) {
    const since = validToDate.toISOString();
    log.warn(`our certificate expired on ${since}; clients will refuse it until a new one is there`, {
      path,
    });
  } else if (validFromDate > now) {
    const from = validFromDate.toISOString();
    log.warn(`our certificate is not valid before ${from}; is the clock of this machine right?`, { path });
  }
}
