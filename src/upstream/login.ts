// A login: one registry's credentials, and who besides the registry may see them.
import type { RegistryAuth } from '../config/registry-auth.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { CredentialError } from './credentials.ts';
import type { CredentialSource } from './credentials.ts';
import { dockerConfigSource } from './docker-config-source.ts';
import { ecrSource } from './ecr.ts';
import { createSecret } from './secret.ts';
import type { Secret, SecretOptions } from './secret.ts';

export interface Login {
  readonly source: CredentialSource;
  /** Hosts of token services, as `URL.host` has them, that may see the credentials wherever they are. */
  readonly realms: readonly string[];
}

/** @param registry the registry's name, which is what docker's configuration and ECR know it by */
export function createLogin(registry: RegistryHost, auth: RegistryAuth, options: SecretOptions): Login {
  return { source: createSource(registry, auth, options), realms: auth.realms ?? [] };
}

function createSource(registry: RegistryHost, auth: RegistryAuth, options: SecretOptions): CredentialSource {
  if ('password' in auth) return passwordSource(auth.user, createSecret(auth.password, options));
  if ('token' in auth) return tokenSource(createSecret(auth.token, options), auth.expires, options.now);
  if ('dockerConfig' in auth) return dockerConfigSource(registry, auth.dockerConfig, options);
  return ecrSource(registry, auth.ecr, options.now);
}

function passwordSource(user: string, secret: Secret): CredentialSource {
  return {
    get: async () => ({ kind: 'password', user, password: await secret.get() }),
    refused: () => secret.refused(),
  };
}

function tokenSource(secret: Secret, expires: number | undefined, now: () => Date): CredentialSource {
  return {
    expires,
    async get() {
      const token = await secret.get();
      if (/[^\x21-\x7e]/.test(token)) {
        throw new CredentialError('the token holds characters that no token has');
      }
      if (expires !== undefined && expires <= now().getTime()) {
        throw new CredentialError(`the token expired at ${new Date(expires).toISOString()}`);
      }
      return { kind: 'token', token, ...(expires !== undefined && { expires }) };
    },
    refused: () => secret.refused(),
  };
}
