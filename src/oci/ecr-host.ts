// Hosts of private Amazon ECR registries, recognised by name.
import type { RegistryHost } from './registry-host.ts';

/** A private registry of ECR; `public.ecr.aws` is none, because it gives tokens to everybody. */
const pattern =
  /^\d{12}\.dkr[.-]ecr(?<fips>-fips)?\.(?<region>[a-z0-9][a-z0-9-]*)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn|amazonaws\.eu|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;

export interface EcrHost {
  readonly region: string;
  readonly fips: boolean;
}

/** What the host of a private ECR registry says, or undefined where a host is none. */
export function ecrHost(host: RegistryHost): EcrHost | undefined {
  const { region, fips } = pattern.exec(host)?.groups ?? {};
  return region === undefined ? undefined : { region, fips: fips !== undefined };
}
