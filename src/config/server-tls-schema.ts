// How the file says what a listener shows to its clients, and what it wants to see of them.
import { resolve } from 'node:path';
import { z } from 'zod';
import { clientAuths } from './config.ts';
import type { ServerTls } from './config.ts';
import * as value from './value.ts';

export function serverTls() {
  return z
    .strictObject({
      cert: value
        .pemFile()
        .describe('PEM file of our certificate, followed by those between it and its root.'),
      key: value.pemFile().describe('PEM file of the key of `cert`.'),
      ca: value
        .pemFile()
        .optional()
        .describe('PEM file of the authority that signed the clients’ certificates.'),
      client_auth: value
        .oneOf(...clientAuths)
        .optional()
        .describe('`none` (the default), or `verify`: only clients with a certificate that `ca` has signed.'),
    })
    .refine(({ ca, client_auth }) => client_auth !== 'verify' || ca !== undefined, {
      error: 'needs ca, the authority of the clients, where client_auth is verify',
    })
    .transform(({ cert, key, ca, client_auth }): ServerTls => ({
      cert: resolve(cert),
      key: resolve(key),
      ...(ca !== undefined && { ca: resolve(ca) }),
      clientAuth: client_auth ?? 'none',
    }));
}
