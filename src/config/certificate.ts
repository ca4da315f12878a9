// Certificates and private keys in PEM files, as far as can be known of them before they are used.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readPemFile } from './pem-file.ts';

/**
 * All certificates of a file, in their order.
 * @throws {Error} that says what is wrong with the file
 */
export function certificatesIn(path: string): readonly X509Certificate[] {
  const blocks = readPemFile(path).match(
    /-----BEGIN (TRUSTED )?CERTIFICATE-----[^]*?-----END (TRUSTED )?CERTIFICATE-----/g,
  );
  if (blocks === null) throw new Error('the file holds no whole certificate');
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch (cause) {
    throw new Error('a certificate in the file cannot be read', { cause });
  }
}

/** @throws {Error} that says what is wrong with the file and shows nothing of it */
export function privateKeyIn(path: string): KeyObject {
  const text = readPemFile(path);
  try {
    return createPrivateKey(text);
  } catch (cause) {
    throw new Error('the file holds no private key that can be read without a passphrase', { cause });
  }
}
