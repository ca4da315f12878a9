// The bytes of cached blobs, each read at most once, however many images name it.
import type { Digest } from '../oci/digest.ts';
import { BlobExaminer } from './blob-examiner.ts';
import type { BlobExaminerParts, BlobVerdict } from './blob-examiner.ts';

export class BlobBytes {
  readonly #examiner: BlobExaminer;
  readonly #verdicts = new Map<Digest, BlobVerdict | undefined>();

  constructor(parts: BlobExaminerParts) {
    this.#examiner = new BlobExaminer(parts);
  }

  has(digest: Digest): boolean {
    return this.#verdicts.has(digest);
  }

  /** What examining it has shown; undefined when it is sound. One call at a time. */
  async verdict(digest: Digest): Promise<BlobVerdict | undefined> {
    if (this.#verdicts.has(digest)) return this.#verdicts.get(digest);
    const verdict = await this.#examiner.examine(digest);
    this.#verdicts.set(digest, verdict);
    return verdict;
  }
}
