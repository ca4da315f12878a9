// Amazon ECR: a password for half a day, from AWS's API, for whoever the SDK's credential chain says that we are.
import { ecrHost } from '../oci/ecr-host.ts';
import type { EcrAuth } from '../config/registry-auth.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { CredentialError } from './credentials.ts';
import type { CredentialSource, PasswordCredentials } from './credentials.ts';

/** A password is replaced when less than so much of it is left: 5 minutes of 12 hours. */
const RENEW_BEFORE_MS = 300_000;
const TIMEOUT_MS = 20_000;

interface EcrPassword {
  readonly credentials: PasswordCredentials;
  readonly received: number;
  readonly expires: number;
}

/** @param registry on a host of ECR, or any with `region` given, as a name of one's own for ECR has it */
export function ecrSource(registry: RegistryHost, auth: EcrAuth['ecr'], now: () => Date): CredentialSource {
  let held: EcrPassword | undefined;
  let asking: Promise<EcrPassword> | undefined;
  return {
    get expires() {
      return held?.expires;
    },
    async get() {
      const time = now().getTime();
      // Before `received` the clock was set back, and nobody knows how long the password is still good.
      if (held !== undefined && time >= held.received && time < held.expires - RENEW_BEFORE_MS) {
        return held.credentials;
      }
      asking ??= authorize(registry, auth, now).finally(() => (asking = undefined));
      held = await asking;
      return held.credentials;
    },
    refused() {
      held = undefined;
    },
  };
}

/** @see https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html */
async function authorize(
  registry: RegistryHost,
  { region = ecrHost(registry)?.region, profile, endpoint }: EcrAuth['ecr'],
  now: () => Date,
): Promise<EcrPassword> {
  if (region === undefined) {
    throw new CredentialError(
      `${registry} is no host of Amazon ECR; set auth.ecr.region if it is one all the same`,
    );
  }
  // Loaded when it is used: most servers never do, and it is larger than the rest of us.
  const { ECRClient, GetAuthorizationTokenCommand } = await import('@aws-sdk/client-ecr');
  const client = new ECRClient({
    region,
    maxAttempts: 2,
    useFipsEndpoint: ecrHost(registry)?.fips ?? false,
    ...(profile !== undefined && { profile }),
    ...(endpoint !== undefined && { endpoint }),
  });
  try {
    const answer = await client.send(new GetAuthorizationTokenCommand({}), {
      abortSignal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const [data] = answer.authorizationData ?? [];
    const text = Buffer.from(data?.authorizationToken ?? '', 'base64').toString();
    const colon = text.indexOf(':');
    if (colon < 1) throw new CredentialError('Amazon ECR answered without a password');
    const received = now().getTime();
    return {
      credentials: { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) },
      received,
      expires: data?.expiresAt?.getTime() ?? received + 2 * RENEW_BEFORE_MS,
    };
  } catch (cause) {
    if (cause instanceof CredentialError) throw cause;
    throw new CredentialError(`Amazon ECR in ${region} gave no password: ${reason(cause)}`, {
      temporary: !(cause instanceof Error && refusals.has(cause.name)),
      // Without the cause: the SDK's errors can carry the answer that it could not read.
    });
  } finally {
    client.destroy();
  }
}

const refusals = new Set([
  'AccessDeniedException',
  'UnrecognizedClientException',
  'CredentialsProviderError',
]);

/** By name and status only: what AWS writes into messages may hold names of roles and sessions. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if (error.name === 'CredentialsProviderError') {
    return 'no AWS credentials were found (environment, profile, web identity, container or instance role)';
  }
  return error.name === 'Error' && 'code' in error ? String(error.code) : error.name;
}
