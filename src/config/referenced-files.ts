// The files that a configuration names, looked into: what can be known of them before a registry is asked.
import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { certificatesIn, privateKeyIn } from './certificate.ts';
import type { CertificateFiles, RegistryEntry, RegistryTls, ServerTls } from './config.ts';
import { fileProblem } from './pem-file.ts';
import type { RegistryAuth } from './registry-auth.ts';

export interface FileMistake {
  /** In the entry, or in the settings. */
  readonly path: readonly string[];
  readonly message: string;
}

export interface FileCheck {
  readonly now: Date;
  /** Throws an error that says what is wrong with a docker config.json, without repeating it. */
  readonly parseDockerConfig: (text: string) => unknown;
  /** The same of an htpasswd file. */
  readonly parseHtpasswd: (text: string) => unknown;
}

interface ServerFiles {
  readonly serverTls?: ServerTls | undefined;
  readonly admissionTls?: CertificateFiles | undefined;
  readonly htpasswdFile?: string | undefined;
}

/** What is wrong with the files of the server itself. */
export function serverFileMistakes(
  { serverTls, admissionTls, htpasswdFile }: ServerFiles,
  { now, parseHtpasswd }: Pick<FileCheck, 'now' | 'parseHtpasswd'>,
): readonly FileMistake[] {
  const mistakes = [
    ...(serverTls === undefined ? [] : tlsMistakes('server_tls', serverTls, now)),
    ...(admissionTls === undefined ? [] : tlsMistakes('admission_tls', admissionTls, now)),
  ];
  if (htpasswdFile === undefined) return mistakes;
  try {
    parseHtpasswd(textIn(htpasswdFile));
    return mistakes;
  } catch (error) {
    return [...mistakes, { path: ['htpasswd_file'], message: messageOf(error) }];
  }
}

/** What is wrong with the files of one entry; never with anything that is in them. */
export function referencedFileMistakes(
  entry: RegistryEntry,
  check: Pick<FileCheck, 'now' | 'parseDockerConfig'>,
): readonly FileMistake[] {
  return [...tlsMistakes('tls', entry.tls, check.now), ...secretMistakes(entry, check)];
}

function tlsMistakes(
  place: string,
  { ca, cert, key }: Pick<RegistryTls, 'ca' | 'cert' | 'key'>,
  now: Date,
): readonly FileMistake[] {
  const mistakes: FileMistake[] = [];
  const told = <T>(name: string, look: () => T): T | undefined => {
    try {
      return look();
    } catch (error) {
      mistakes.push({ path: [place, name], message: messageOf(error) });
      return undefined;
    }
  };
  // A bundle of authorities may have old ones in it; one that has no other cannot verify anything.
  if (ca !== undefined) told('ca', () => refuseExpired(certificatesIn(ca), now));
  const shown = cert === undefined ? undefined : told('cert', () => certificatesIn(cert));
  if (shown !== undefined) told('cert', () => refuseExpired(shown.slice(0, 1), now));
  const secret = key === undefined ? undefined : told('key', () => privateKeyIn(key));
  if (secret !== undefined && shown?.[0]?.checkPrivateKey(secret) === false) {
    mistakes.push({ path: [place, 'key'], message: 'the key is not that of cert' });
  }
  return mistakes;
}

function refuseExpired(certificates: readonly X509Certificate[], now: Date): void {
  const [first] = certificates;
  if (first === undefined || certificates.some(({ validToDate }) => validToDate >= now)) return;
  throw new Error(`the certificate expired on ${first.validToDate.toISOString()}; put a new one there`);
}

function secretMistakes(
  { auth }: RegistryEntry,
  { parseDockerConfig }: Pick<FileCheck, 'parseDockerConfig'>,
): readonly FileMistake[] {
  const secret = auth && secretFileOf(auth);
  if (secret === undefined) return [];
  try {
    const text = textIn(secret.path);
    if (secret.key === 'docker_config') parseDockerConfig(text);
    else if (text.trim() === '') throw new Error('the file is empty');
    return [];
  } catch (error) {
    return [{ path: ['auth', secret.key], message: messageOf(error) }];
  }
}

function secretFileOf(auth: RegistryAuth): { readonly key: string; readonly path: string } | undefined {
  if ('dockerConfig' in auth) return { key: 'docker_config', path: auth.dockerConfig };
  if ('ecr' in auth) return undefined;
  const [key, place] =
    'password' in auth ? ['password_file', auth.password] : (['token_file', auth.token] as const);
  return typeof place === 'object' && 'file' in place ? { key, path: place.file } : undefined;
}

function textIn(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(fileProblem(cause), { cause });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
