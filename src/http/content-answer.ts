// The answers that give a manifest or a blob, and their headers.
import type { Answer } from '../../api/contract.ts';
import type { Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/media-type.ts';
import type { Target } from '../pullrequest/target.ts';
import type { BlobHeadAnswer, ManifestAnswer } from '../registry/answers.ts';

type Headers = Readonly<Record<string, string>>;

export function manifestAnswer(found: ManifestAnswer, target: Target): Answer<Buffer, 200> {
  const { entry, bytes, warnings } = found;
  const headers = {
    'Content-Type': entry.mediaType,
    ...contentHeaders(entry.digest, target),
    ...warningHeader(warnings),
  };
  return { status: 200, headers, body: bytes };
}

export function blobHeadAnswer({ size }: BlobHeadAnswer, digest: Digest, target: Target): Answer<never, 200> {
  return {
    status: 200,
    headers: {
      'Content-Type': mediaTypes.octetStream,
      'Content-Length': String(size),
      ...blobHeaders(digest, target),
    },
  };
}

/** A blob whose bytes are at hand. */
export function blobAnswer(bytes: Buffer, digest: Digest, target: Target): Answer<Buffer, 200> {
  return {
    status: 200,
    headers: { 'Content-Type': mediaTypes.octetStream, ...blobHeaders(digest, target) },
    body: bytes,
  };
}

function contentHeaders(digest: Digest, target: Target): Headers {
  return { 'Docker-Content-Digest': digest, ETag: `"${digest}"`, ...namespaceHeader(target) };
}

export function blobHeaders(digest: Digest, target: Target): Headers {
  return { ...contentHeaders(digest, target), 'Accept-Ranges': 'bytes' };
}

/** Says that `ns` was understood, to who used it. */
export function namespaceHeader({ registry, via }: Target): Headers {
  return via === 'ns' ? { 'OCI-Namespace': registry } : {};
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings */
export function warningHeader(warnings: readonly string[]): Headers {
  return warnings.length === 0 ? {} : { Warning: warnings.join(', ') };
}
