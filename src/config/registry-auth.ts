// How one registry is logged in to, as the configuration says it: places where secrets are, before anybody looks there.
import type { RegistryHost } from '../oci/registry-host.ts';

/** A secret itself, the variable that holds it, or the absolute path of the file that does. */
export type SecretPlace = string | { readonly env: string } | { readonly file: string };

export interface PasswordAuth {
  readonly user: string;
  readonly password: SecretPlace;
}

/** A token that the registry itself believes, sent as it is. */
export interface TokenAuth {
  readonly token: SecretPlace;
  /** When it ends, in milliseconds since the epoch. */
  readonly expires?: number;
}

/** The absolute path of a docker `config.json`, or of a mounted `kubernetes.io/dockerconfigjson`. */
export interface DockerConfigAuth {
  readonly dockerConfig: string;
}

/** Amazon ECR, through the credential chain of the AWS SDK: environment, profile, web identity, container, instance. */
export interface EcrAuth {
  readonly ecr: {
    /** As in the host's name, unless it is given. */
    readonly region?: string;
    readonly profile?: string;
    /** Where ECR's API is reached, in place of the region's public address. */
    readonly endpoint?: string;
  };
}

export type RegistryAuth = (PasswordAuth | TokenAuth | DockerConfigAuth | EcrAuth) & {
  /** Token services that may see these credentials although they are not on the registry's own domain. */
  readonly realms?: readonly RegistryHost[];
};
