// Certificates made on the spot: an authority, and what it issues to servers and clients.
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import './reflect-metadata.ts';
import type { Extension } from '@peculiar/x509';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

type CryptoKey = webcrypto.CryptoKey;

export interface Ca {
  readonly name: string;
  /** PEM */
  readonly cert: string;
  readonly key: CryptoKey;
}

export interface IssuedCertificate {
  /** PEM */
  readonly cert: string;
  /** PEM */
  readonly key: string;
}

export interface CaOptions {
  readonly name?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface IssueOptions {
  /** DNS names and IP addresses; the first is the common name too */
  readonly names: readonly string[];
  /** default an hour ago */
  readonly notBefore?: Date;
  /** default in a day */
  readonly notAfter?: Date;
  /** for a client instead of a server */
  readonly client?: boolean;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const HOUR = 3_600_000;

export async function makeCa(options: CaOptions = {}): Promise<Ca> {
  const { name = 'Mock CA' } = options;
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    ...common(options),
    name: `CN=${name}`,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { name, cert: certificate.toString('pem'), key: keys.privateKey };
}

export async function issue(ca: Ca, options: IssueOptions): Promise<IssuedCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.create({
    ...common(options),
    subject: `CN=${options.names[0] ?? 'nobody'}`,
    issuer: `CN=${ca.name}`,
    signingKey: ca.key,
    publicKey: keys.publicKey,
    extensions: extensionsOf(options),
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    cert: certificate.toString('pem'),
    key: `-----BEGIN PRIVATE KEY-----\n${der.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
  };
}

function extensionsOf({ names, client = false }: IssueOptions): Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([client ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
    ),
  ];
}

function common({ notBefore, notAfter }: { readonly notBefore?: Date; readonly notAfter?: Date }) {
  const now = Date.now();
  return {
    serialNumber: webcrypto.randomUUID().replaceAll('-', '').replace(/^./, '1'),
    // Given only the end, the beginning stays before it: an expired certificate was once good.
    notBefore: notBefore ?? new Date(Math.min(now, notAfter?.getTime() ?? now) - HOUR),
    notAfter: notAfter ?? new Date(now + 24 * HOUR),
    signingAlgorithm: algorithm,
  };
}
