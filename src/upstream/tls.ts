// Trust: whose certificates are believed, and which certificate of ours is shown to whom.
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import type { RegistryEntry } from '../config/config.ts';

/** How to verify one peer. A context is made once: parsing a trust store for each connection takes milliseconds. */
export interface Trust {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

/** What connections for one registry use: to the registry's own host, and to any other (redirects, token services). */
export interface RegistryTrust {
  readonly own: Trust;
  readonly other: Trust;
}

/** Asked for every new connection; gives the same object for as long as nothing has changed. */
export type TrustSource = () => RegistryTrust;

/** The certificates that an entry names cannot be used. The message names the reason and shows nothing of a key. */
export class UnusableCertificate extends Error {
  override readonly name = 'UnusableCertificate';
}

const minVersion = 'TLSv1.2';

/**
 * The trust of every registry that configures none: the operating system's authorities, because an operator who
 * installs a company's authority on the host expects it to count; Node's bundled list where the system has none.
 * The system's store is read once: Node keeps it for the life of the process.
 */
export function systemTrust(authorities: readonly string[] = systemAuthorities()): RegistryTrust {
  const trust = {
    secureContext: createSecureContext({ ca: [...authorities], minVersion }),
    rejectUnauthorized: true,
  };
  return { own: trust, other: trust };
}

/**
 * The trust of one configured registry. Its client certificate and its waived verification hold for its own host
 * only; its authority is also believed, beside the system's, for the hosts it sends us to.
 *
 * The files are read again for each new connection, which is rare and costs microseconds, so that rotated
 * certificates count from the next connection on. A half-written rotation keeps what was there before.
 */
export function registryTrust(
  tls: RegistryEntry['tls'],
  system: RegistryTrust,
  readFile: (path: string) => string,
): TrustSource {
  const { insecureSkipVerify } = tls;
  const paths = { ca: tls.ca, cert: tls.cert, key: tls.key };
  if (Object.values(paths).every((path) => path === undefined) && !insecureSkipVerify) return () => system;
  let made: { readonly texts: string; readonly trust: RegistryTrust } | undefined;
  return () => {
    try {
      const [ca, cert, key] = Object.values(paths).map((path) =>
        path === undefined ? path : readFile(path),
      );
      const texts = JSON.stringify([ca, cert, key]);
      if (made?.texts !== texts) {
        made = { texts, trust: makeTrust({ ca, cert, key }, insecureSkipVerify, system) };
      }
      return made.trust;
    } catch (cause) {
      if (made !== undefined) return made.trust;
      throw new UnusableCertificate(`tls: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
  };
}

interface Pem {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function makeTrust(
  { ca, cert, key }: Pem,
  insecureSkipVerify: boolean,
  system: RegistryTrust,
): RegistryTrust {
  const identity = { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  const own = {
    secureContext: createSecureContext({
      ca: ca === undefined ? systemAuthorities() : [ca],
      ...identity,
      minVersion,
    }),
    rejectUnauthorized: !insecureSkipVerify,
  };
  if (ca === undefined) return { own, other: system.other };
  const both = createSecureContext({ ca: [...systemAuthorities(), ca], minVersion });
  return { own, other: { secureContext: both, rejectUnauthorized: true } };
}

function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  const store = system.length > 0 ? system : getCACertificates('bundled');
  return [...store, ...getCACertificates('extra')];
}
