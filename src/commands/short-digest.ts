// Digests as people compare them.
import { digestAlgorithm, digestHex } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';

const SHORT_HEX = 12;

/** `sha256:` and the first twelve digits. */
export function shortDigest(digest: Digest): string {
  return `${digestAlgorithm(digest)}:${digestHex(digest).slice(0, SHORT_HEX)}`;
}
