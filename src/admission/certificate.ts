// The certificate that the API server is shown, and its key: read, checked, and read again when their files change.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { CertificateFiles } from '../config/config.ts';
import { readPemFile } from '../config/pem-file.ts';
import { watchText } from '../config/watch.ts';
import type { WatchTimes } from '../config/watch.ts';
import type { Log } from '../log/log.ts';

/** PEM */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** @throws {Error} that says what is wrong with the files, and never shows what is in them */
export function readCertificate({ cert: certFile, key: keyFile }: CertificateFiles): Certificate {
  const cert = said(certFile, () => readPemFile(certFile));
  const key = said(keyFile, () => readPemFile(keyFile));
  const shown = said(certFile, () => new X509Certificate(cert), 'the file holds no certificate');
  const secret = said(
    keyFile,
    () => createPrivateKey(key),
    'the file holds no private key that can be read without a passphrase',
  );
  if (!shown.checkPrivateKey(secret)) throw new Error(`${keyFile} is not the key of ${certFile}`);
  // It wants more than that they fit: keys of a size that is still believed, for one.
  said(certFile, () => createSecureContext({ cert, key }), 'TLS cannot use the certificates in the file');
  return { cert, key };
}

/**
 * Tells every certificate that is put in the place of the one before. While its files are of two different ones, or not
 * there, the old one stays.
 */
export function watchCertificate(
  files: CertificateFiles,
  onChange: (certificate: Certificate) => void,
  log: Log,
  times?: WatchTimes,
): Disposable {
  const look = (): void => {
    try {
      onChange(readCertificate(files));
      log.info('the certificate of admission was read again', { cert: files.cert });
    } catch (error) {
      log.warn('the certificate of admission stays as it was', { error });
    }
  };
  const watches = [files.cert, files.key].map((path) => watchText(path, look, times));
  return { [Symbol.dispose]: () => watches.forEach((watch) => watch.close()) };
}

/** @param why what to say in place of what the failure says of itself */
function said<T>(file: string, read: () => T, why?: string): T {
  try {
    return read();
  } catch (cause) {
    throw new Error(`${file}: ${why ?? (cause instanceof Error ? cause.message : String(cause))}`, { cause });
  }
}
