// Kinds of bad weather at an upstream, and what a client is told meanwhile of what is not cached.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { issue, makeCa } from '../mock/certificates.ts';
import { startMock } from '../mock/index.ts';
import type { MockOptions, Rule } from '../mock/index.ts';
import type { RegistryEntry } from '../src/config/config.ts';
import type { FrontDoor } from './front-door.ts';

/** Status and code of an error, or that the body broke off. */
export type Told = readonly [status: number, code: string] | 'broken off';

export interface Site {
  readonly door: FrontDoor;
  /** What names resolve to: while it is dead, to nothing. */
  readonly dns: { dead: boolean };
}

/** How an upstream is before the weather comes. */
export interface Climate {
  readonly mock?: MockOptions;
  readonly entry?: Partial<RegistryEntry>;
}

export interface Weather {
  /** Ends the sentence `an upstream that …`. */
  readonly name: string;
  /** @param directory a place for files */
  readonly climate?: (directory: string) => Climate | Promise<Climate>;
  /** May return what ends it, where it takes more than a mock that behaves and runs. */
  readonly begin: (site: Site) => void | Promise<void | (() => Promise<void>)>;
  readonly tag: Told;
  /** Default: as the tag. */
  readonly blob?: Told;
  readonly says: RegExp;
  /** Another host, beside the registry's own, that the message names. */
  readonly names?: (door: FrontDoor) => string;
}

const ca = await makeCa();
const names = ['127.0.0.1'];

const badGateway: Told = [502, 'UNAVAILABLE'];
const unavailable: Told = [503, 'UNAVAILABLE'];
const timeout: Told = [504, 'UNAVAILABLE'];
const denied: Told = [403, 'DENIED'];
const absent = { tag: [404, 'MANIFEST_UNKNOWN'], blob: [404, 'BLOB_UNKNOWN'] } as const;
const impatient = () => ({ entry: { timeouts: { headerMs: 300, noProgressMs: 300 } } });

/** All that is asked of the registry goes wrong, and goes on doing so. */
function spoiling(spoil: (rule: Rule) => unknown): Weather['begin'] {
  return ({ door }) => void spoil(door.mock.on({ via: 'registry' }).always());
}

export const kindsOfWeather: readonly Weather[] = [
  {
    name: 'is down',
    begin: ({ door }) => door.mock.stop(),
    tag: badGateway,
    says: /no connection to \S+ \(ECONNREFUSED\)/,
  },
  {
    name: 'has no address, because DNS is dead',
    climate: () => ({ mock: { name: 'localhost' } }),
    begin({ door, dns }) {
      dns.dead = true;
      door.mock.connections.resetAll();
    },
    tag: badGateway,
    says: /no connection to localhost:\d+ \(ENOTFOUND\)/,
  },
  {
    name: 'has let its certificate expire',
    async climate(directory) {
      const file = join(directory, 'ca.pem');
      await writeFile(file, ca.cert);
      const tls = { ca: file, insecureSkipVerify: false };
      return { mock: { tls: await issue(ca, { names }) }, entry: { scheme: 'https', tls } };
    },
    async begin({ door }) {
      const { port } = door.mock;
      await door.mock.stop();
      const past = new Date(Date.now() - 60_000);
      const other = await startMock({ port, tls: await issue(ca, { names, notAfter: past }) });
      return () => other.stop();
    },
    tag: badGateway,
    says: /certificate has expired/,
  },
  ...[500, 502, 503, 504].map((status) => ({
    name: `answers ${status}`,
    begin: spoiling((rule) => rule.status(status)),
    tag: unavailable,
    says: new RegExp(String(status)),
  })),
  ...[401, 403].map((status) => ({
    name: `answers ${status}`,
    begin: spoiling((rule) => rule.status(status)),
    tag: denied,
    says: /set auth for \S+ under registries/,
  })),
  ...[404, 410].map((status) => ({
    name: `answers ${status}`,
    begin: spoiling((rule) => rule.status(status)),
    ...absent,
    says: new RegExp(String(status)),
  })),
  {
    name: 'answers 429',
    begin: spoiling((rule) => rule.tooManyRequests()),
    tag: [503, 'TOOMANYREQUESTS'],
    says: /limits how often it is asked/,
  },
  {
    name: 'never answers',
    climate: impatient,
    begin: spoiling((rule) => rule.blackHole()),
    tag: timeout,
    says: /did not answer in time/,
  },
  {
    name: 'accepts connections in silence',
    climate: impatient,
    begin({ door }) {
      door.mock.connections.weather = 'silent';
      door.mock.connections.resetAll();
    },
    tag: timeout,
    says: /did not answer in time/,
  },
  {
    name: 'falls silent in mid-body',
    climate: impatient,
    begin: spoiling((rule) => rule.holdAt(50)),
    tag: timeout,
    blob: 'broken off',
    says: /did not answer in time/,
  },
  {
    name: 'resets at once',
    begin: spoiling((rule) => rule.reset()),
    tag: badGateway,
    says: /the connection broke/,
  },
  {
    name: 'hangs up at once',
    begin: spoiling((rule) => rule.hangUp()),
    tag: badGateway,
    says: /the connection broke/,
  },
  {
    name: 'resets in mid-body, always at the same byte',
    begin: spoiling((rule) => rule.resetAt(50)),
    tag: badGateway,
    blob: 'broken off',
    says: /the connection broke/,
  },
  {
    name: 'truncates, always at the same byte',
    begin: spoiling((rule) => rule.truncateAt(50)),
    tag: badGateway,
    blob: 'broken off',
    says: /the connection broke/,
  },
  {
    name: 'announces more bytes than it sends',
    begin: spoiling((rule) => rule.contentLengthOff(5)),
    tag: badGateway,
    blob: 'broken off',
    says: /the connection broke/,
  },
  {
    name: 'announces fewer bytes than it sends',
    begin: spoiling((rule) => rule.contentLengthOff(-5)),
    tag: badGateway,
    blob: 'broken off',
    says: /sent bytes that hash to|the connection broke/,
  },
  {
    name: 'sends too few bytes, and announces so many',
    begin: spoiling((rule) => rule.shortenTo(50)),
    tag: badGateway,
    says: /hash to/,
  },
  {
    name: 'is behind a captive portal',
    begin: spoiling((rule) => rule.html()),
    tag: [502, 'MANIFEST_INVALID'],
    blob: badGateway,
    says: /sent a manifest that cannot be used|hash to/,
  },
  {
    name: 'encodes what it sends',
    begin: spoiling((rule) => rule.gzip()),
    tag: badGateway,
    says: /Content-Encoding gzip/,
  },
  {
    name: 'redirects in a circle',
    begin: spoiling((rule) => rule.redirectLoop()),
    tag: badGateway,
    says: /redirect/,
  },
  {
    name: 'redirects to a host that is gone',
    climate: () => ({ mock: { cdn: true } }),
    begin({ door }) {
      const { cdnListener } = door.mock;
      door.mock.on({ via: 'registry' }).redirectTo(({ url }) => cdnListener.origin + url);
      return cdnListener.stop();
    },
    tag: badGateway,
    says: /no connection to \S+ \(ECONNREFUSED\)/,
    names: ({ mock }) => mock.cdnListener.host,
  },
  {
    name: 'redirects to where we do not go',
    begin: spoiling((rule) => rule.redirectTo('http://169.254.169.254/latest')),
    tag: denied,
    says: /169\.254\.169\.254/,
  },
  {
    name: 'believes our token no more, while its token service is down',
    climate: () => ({ mock: { auth: { scheme: 'bearer' } } }),
    begin({ door }) {
      door.mock.tokens?.revokeAll();
      door.mock.on({ operation: 'token' }).always().status(503);
    },
    tag: unavailable,
    says: /token service answered 503/,
  },
];
