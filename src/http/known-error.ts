// Whatever was thrown, as an error that may be answered.
import type { Log } from '../log/log.ts';
import { OciError } from '../oci/errors.ts';

/** What nobody translated is a defect of ours, or the disk's; the client learns no more than that. */
export function knownError(error: unknown, log: Log): OciError {
  if (error instanceof OciError) return error;
  log.error('a request failed', { error });
  return new OciError('UNKNOWN', 'an error of this server; its log says more', { status: 500, cause: error });
}
