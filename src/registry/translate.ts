// What an upstream's failure means to our client: translated here, once.
import { OciError } from '../oci/errors.ts';
import type { ErrorCode } from '../oci/errors.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import { DigestMismatch } from '../serialize/errors.ts';
import { UpstreamError } from '../upstream/errors.ts';

/** The code for content that the upstream says it does not have. */
type Absent = Extract<ErrorCode, 'MANIFEST_UNKNOWN' | 'BLOB_UNKNOWN' | 'NAME_UNKNOWN'>;

/** Seconds after which a client may ask again, where the upstream did not say. */
const RETRY_AFTER_S = 5;

/**
 * The error to answer. 404 only if the upstream said so; 403 where it wants credentials, which runtimes rank above
 * 404 in what they show; 503 for 429, because containerd hammers on 429; 502 and 504 where there was no answer.
 */
export function translate(error: unknown, registry: RegistryHost, absent: Absent): unknown {
  if (error instanceof OciError && error.code === 'MANIFEST_INVALID') {
    return new OciError(
      'MANIFEST_INVALID',
      `${registry} sent a manifest that cannot be used: ${error.message}`,
      {
        status: 502,
        cause: error,
      },
    );
  }
  if (error instanceof DigestMismatch) {
    const { expected, actual } = error;
    return new OciError(
      'UNAVAILABLE',
      `${registry} sent bytes that hash to ${actual} in place of ${expected}`,
      {
        status: 502,
        cause: error,
      },
    );
  }
  if (!(error instanceof UpstreamError)) return error;
  const { code, status } = meaning(error, absent);
  const headers = status === 503 ? { 'Retry-After': retryAfter(error) } : {};
  return new OciError(code, message(error, registry, status), { status, headers, cause: error });
}

function meaning(error: UpstreamError, absent: Absent): { code: ErrorCode; status: number } {
  switch (error.failure) {
    case 'timeout':
      return { code: 'UNAVAILABLE', status: 504 };
    case 'dark':
      return { code: 'UNAVAILABLE', status: 503 };
    case 'refused':
      return { code: 'DENIED', status: 403 };
    case 'connect':
    case 'tls':
    case 'broken':
    case 'invalid':
      return { code: 'UNAVAILABLE', status: 502 };
    case 'status':
      break;
  }
  const { status = 500 } = error;
  if (status === 404 || status === 410) return { code: absent, status: 404 };
  if (status === 401 || status === 403) return { code: 'DENIED', status: 403 };
  if (status === 429) return { code: 'TOOMANYREQUESTS', status: 503 };
  if (status >= 500) return { code: 'UNAVAILABLE', status: 503 };
  return { code: 'UNAVAILABLE', status: 502 };
}

function message(error: UpstreamError, registry: RegistryHost, status: number): string {
  if (status === 403 && error.failure === 'status') {
    return `${registry} refused access; if the repository exists, set auth for ${registry} under registries in the configuration (${error.message})`;
  }
  if (status === 503 && error.status === 429) {
    return `${registry} limits how often it is asked; credentials under registries in the configuration raise most limits (${error.message})`;
  }
  return `${registry}: ${error.message}`;
}

function retryAfter(error: UpstreamError): string {
  return String(error.retryAfterMs === undefined ? RETRY_AFTER_S : Math.ceil(error.retryAfterMs / 1000));
}
