// The ledger on disk: what was refused for want of an upstream.
import { z } from 'zod';
import { StateFile } from './state-file.ts';
import type { StateFileContext } from './state-file.ts';

/** What can be missed: content, or what a repository can say of itself. */
export const missedKinds = ['manifest', 'blob', 'tags', 'referrers'] as const;

/** One thing that somebody asked for and could not have, or could have only because an upstream was there. */
export interface Missed {
  /** `registry/repository:tag` or `registry/repository@digest`; of tags it is the repository alone. */
  readonly reference: string;
  readonly kind: (typeof missedKinds)[number];
  /** Of a blob: the image that has it, as `registry/repository:tag@digest` with or without its tag. */
  readonly image?: string;
  /** An upstream gave it, which a rehearsal takes for gone. */
  readonly rehearsed?: true;
  /** ISO times. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

export interface MissedState {
  readonly version: 1;
  readonly missed: readonly Missed[];
}

const schema: z.ZodType<MissedState> = z.object({
  version: z.literal(1),
  missed: z.array(
    z.object({
      reference: z.string().min(1),
      kind: z.enum(missedKinds),
      image: z.string().min(1).exactOptional(),
      rehearsed: z.literal(true).exactOptional(),
      first: z.iso.datetime(),
      last: z.iso.datetime(),
      count: z.int().positive(),
    }),
  ),
});

export function missedFile(context: StateFileContext): StateFile<MissedState> {
  return new StateFile('missed', schema, context);
}
