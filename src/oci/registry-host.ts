// A registry's host: its one identity in configuration, links, policy, metrics and on the wire.
import type { Brand } from './brand.ts';
import { OciError } from './errors.ts';
import { quoted } from './quotation.ts';

/**
 * `host[:port]` or `[ipv6][:port]`, lower case, without https's default port.
 * `new URL('https://' + host).host` is the host again, so no URL parser reads another one in it.
 */
export type RegistryHost = string & Brand<'RegistryHost'>;

const MAX_NAME_LENGTH = 253;
const MAX_LENGTH = MAX_NAME_LENGTH + '.:65535'.length;

const dockerHub: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);

const shape = /^(?<name>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(?::(?<port>[0-9]+))?$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const port = /^[1-9][0-9]{0,4}$/;
const dottedQuad = /^(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!$)|$)){4}$/;
// A colon that was written as two underscores, by a client whose grammar forbids it in a path.
const encodedPort = /^(.+)__([0-9]{1,5})$/s;

/**
 * Lower-cases, drops a trailing dot and `:443`, writes IPv6 in its one short form, and makes Docker Hub's
 * three names one.
 * @throws {OciError} NAME_INVALID
 */
export function parseRegistryHost(text: string): RegistryHost {
  // Not quoted back: what stands before the @ may be a password.
  if (text.includes('@')) throw invalid('a registry host has no user or password in it');
  const match = text.length <= MAX_LENGTH ? shape.exec(text)?.groups : undefined;
  if (match === undefined) throw invalid(`${quoted(text)} is no registry host: ${reason(text)}`);
  const name = parseName(match['name'] ?? '', text);
  const portText = match['port'];
  if (portText !== undefined && (!port.test(portText) || Number(portText) > 65_535)) {
    throw invalid(`${quoted(text)} is no registry host: a port is a number from 1 to 65535`);
  }
  const host = portText === undefined || portText === '443' ? name : `${name}:${portText}`;
  return (dockerHub.has(host) ? 'docker.io' : host) as RegistryHost;
}

/**
 * Whether a path's first segment is a host rather than the beginning of a repository name.
 * It may still be a malformed one, which is then an error, not a repository.
 */
export function looksLikeHost(segment: string): boolean {
  return isDomain(segment) || encodedPort.test(segment);
}

/**
 * Docker's own rule for the first segment of a full image name, which knows no `host__5000`.
 * @see https://github.com/distribution/reference/blob/v0.6.0/normalize.go#L143
 */
export function isDomain(segment: string): boolean {
  return /[.:[]/.test(segment) || segment.toLowerCase() === 'localhost';
}

/**
 * A host as it stands in a path, where `host__5000` means `host:5000`.
 * @throws {OciError} NAME_INVALID
 */
export function hostFromSegment(segment: string): RegistryHost {
  const [, name, portText] = encodedPort.exec(segment) ?? [];
  return parseRegistryHost(name === undefined ? segment : `${name}:${portText ?? ''}`);
}

function parseName(written: string, text: string): string {
  const name = written.toLowerCase().replace(/\.$/, '');
  if (name.startsWith('[')) {
    const url = URL.canParse(`https://${name}`) ? new URL(`https://${name}`) : undefined;
    if (url === undefined) throw invalid(`${quoted(text)} is no registry host: that is no IPv6 address`);
    return url.hostname;
  }
  const labels = name.split('.');
  if (name.length > MAX_NAME_LENGTH || !labels.every((part) => label.test(part))) {
    throw invalid(`${quoted(text)} is no registry host: ${reason(text)}`);
  }
  // URL parsers and inet_aton read 2130706433, 0x7f.1 and 127.1 as 127.0.0.1; an address has one spelling here.
  if (/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') && !dottedQuad.test(name)) {
    throw invalid(`${quoted(text)} is no registry host: write an IPv4 address as four decimal numbers`);
  }
  if (name.includes('xn--') && !isOwnUrlHost(name)) {
    throw invalid(`${quoted(text)} is no registry host: a label that starts with xn-- is no punycode`);
  }
  return name;
}

// Whether `new URL` takes punycode that decodes to nothing differs between releases of Node.
function isOwnUrlHost(name: string): boolean {
  return URL.canParse(`https://${name}`) && new URL(`https://${name}`).host === name;
}

function reason(text: string): string {
  if (text === '') return 'it is empty';
  if (text.includes('://')) return 'leave out the scheme, a host is all that is wanted';
  if (/[/\\?#]/.test(text)) return 'leave out the path, a host is all that is wanted';
  if (text.length > MAX_NAME_LENGTH) return `a host has at most ${MAX_NAME_LENGTH} characters`;
  if (/^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2) return 'an IPv6 address stands in brackets';
  if (/[^\x21-\x7e]/.test(text)) return 'write it in ASCII without blanks, international names in punycode';
  if (/:[^:\]]*$/.test(text) && !/:[0-9]+$/.test(text)) return 'a port is a number from 1 to 65535';
  return 'a host is labels of at most 63 letters, digits and inner "-", joined by single dots';
}

function invalid(message: string): OciError {
  return new OciError('NAME_INVALID', message);
}
