// The link record: which repositories a blob may be served from.
import { z } from 'zod';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { parseRecord } from './record-codec.ts';
import type { RecordCodec } from './record-codec.ts';

export interface LinkRecord {
  readonly digest: Digest;
  /** Ever obtained without credentials: public content. */
  readonly anonymous: boolean;
  /** `registry/repository` of each repository whose upstream confirmed the blob. */
  readonly repositories: readonly string[];
}

const linkSchema = z.object({
  digest: z.string().refine(isDigest),
  anonymous: z.boolean(),
  repositories: z.array(z.string().min(1)),
});

/** Joins two records of one blob; gives back `known` itself when there is nothing new. */
export function mergeLinks(known: LinkRecord | undefined, added: LinkRecord): LinkRecord {
  const repositories = [...new Set([...(known?.repositories ?? []), ...added.repositories])];
  const anonymous = (known?.anonymous ?? false) || added.anonymous;
  if (known?.anonymous === anonymous && known.repositories.length === repositories.length) return known;
  return { digest: added.digest, anonymous, repositories };
}

export const linkCodec: RecordCodec<LinkRecord> = {
  decode(text, digest) {
    const record = linkSchema.parse(parseRecord(text));
    if (record.digest !== digest) throw new Error(`it is the record of ${record.digest}`);
    return record;
  },
  encode({ digest, anonymous, repositories }) {
    return `${JSON.stringify({ version: 1, digest, anonymous, repositories }, undefined, 2)}\n`;
  },
};
