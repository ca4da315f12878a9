// Between a record and the text of its file.
import { z } from 'zod';
import type { Digest } from '../oci/digest.ts';

export interface RecordCodec<T> {
  /** @throws {Error} when the text is not a sound record of that digest */
  decode(text: string, digest: Digest): T;
  encode(record: T): string;
}

const envelopeSchema = z.looseObject({ version: z.literal(1) });

/**
 * Parses a file's JSON and checks its version, before anything else is made of it.
 * @throws {Error} when it is not JSON, or of a version that we do not know
 */
export function parseRecord(text: string): unknown {
  return envelopeSchema.parse(JSON.parse(text));
}
