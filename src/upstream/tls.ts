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

const minVersion = 'TLSv1.2';

/**
 * The trust of every registry that configures none.
 * The operating system's authorities, because an operator who installs a company's authority on the host expects
 * it to count; Node's bundled list where the system has none.
 */
export function systemTrust(): RegistryTrust {
  const trust = {
    secureContext: createSecureContext({ ca: systemAuthorities(), minVersion }),
    rejectUnauthorized: true,
  };
  return { own: trust, other: trust };
}

/**
 * The trust of one configured registry. Its client certificate and its waived verification hold for its own host
 * only; its authority is also believed, beside the system's, for the hosts it sends us to.
 */
export function registryTrust(
  tls: RegistryEntry['tls'],
  fallback: RegistryTrust,
  readFile: (path: string) => string,
): RegistryTrust {
  const ca = tls.ca === undefined ? undefined : readFile(tls.ca);
  const cert = tls.cert === undefined ? undefined : readFile(tls.cert);
  const key = tls.key === undefined ? undefined : readFile(tls.key);
  if (ca === undefined && cert === undefined && !tls.insecureSkipVerify) return fallback;
  const identity = { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
  return {
    own: {
      secureContext: createSecureContext({
        ca: ca === undefined ? systemAuthorities() : [ca],
        ...identity,
        minVersion,
      }),
      rejectUnauthorized: !tls.insecureSkipVerify,
    },
    other:
      ca === undefined
        ? fallback.other
        : {
            secureContext: createSecureContext({ ca: [...systemAuthorities(), ca], minVersion }),
            rejectUnauthorized: true,
          },
  };
}

function systemAuthorities(): string[] {
  const system = getCACertificates('system');
  const store = system.length > 0 ? system : getCACertificates('bundled');
  return [...store, ...getCACertificates('extra')];
}
