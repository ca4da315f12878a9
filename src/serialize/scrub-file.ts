// How far the scrub has come, so that a restart takes it up where it was.
import { z } from 'zod';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { StateFile } from './state-file.ts';
import type { StateFileContext } from './state-file.ts';

export interface ScrubState {
  readonly version: 1;
  /** When the latest round began, as an ISO time. */
  readonly begun: string;
  /** While it is under way: the blob that was read last; they are read in the order of their digests. */
  readonly round?: { readonly position?: Digest };
  /** When a round last came to its end. */
  readonly completed?: string;
}

const schema: z.ZodType<ScrubState> = z.object({
  version: z.literal(1),
  begun: z.iso.datetime(),
  round: z.object({ position: z.string().refine(isDigest).exactOptional() }).exactOptional(),
  completed: z.iso.datetime().exactOptional(),
});

export function scrubFile(context: StateFileContext): StateFile<ScrubState> {
  return new StateFile('scrub', schema, context);
}
