// Refetching: what verification has found lost or damaged is fetched again, and what then comes to light as well.
import type { Digest } from '../oci/digest.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import type { Library, Target } from '../registry/library.ts';
import type { Registry } from '../registry/registry.ts';
import type { Fault, VerifiedImage, VerifyReport } from '../registry/verify.ts';
import { createLimit } from './limit.ts';

/** What was to be fetched again, and what became of it. */
export interface Refetch {
  /** None where no image names it. */
  readonly image?: string;
  readonly part: Fault['part'];
  readonly digest?: Digest;
  readonly platform?: string;
  /** Why it is not there; without it, it is. */
  readonly error?: string;
}

export interface Refetched {
  /** As things are now. */
  readonly report: VerifyReport;
  /** What came back, and of the last attempt what did not. */
  readonly refetched: readonly Refetch[];
}

/** An index that comes back names manifests, and those name blobs: so often new faults come to light, and once more. */
const MAX_ROUNDS = 8;

export interface RefetchOptions {
  readonly registry: Pick<Registry, 'library' | 'repairBlob'>;
  /** How much is fetched at once. */
  readonly concurrent: number;
  /** Judges these images anew. */
  readonly verify: (images: readonly ImageName[]) => Promise<VerifyReport>;
}

/** Fetches what a report misses until it is complete, or nothing more comes. */
export async function refetchFaults(
  found: VerifyReport,
  { registry, concurrent, verify }: RefetchOptions,
): Promise<Refetched> {
  const turn = createLimit(concurrent);
  let report = found;
  const back: Refetch[] = [];
  for (let round = 1; !report.complete; round += 1) {
    const attempts = await Promise.all([
      ...report.images.map((image) => turn(() => refetchImage(image, registry.library))),
      ...report.blobs.map((fault) => turn(() => refetchBlob(fault, registry))),
    ]);
    const came = attempts.flat().filter(({ error }) => error === undefined);
    back.push(...came);
    if (came.length === 0 || round === MAX_ROUNDS)
      return { report, refetched: [...back, ...attempts.flat().filter(({ error }) => error !== undefined)] };
    const incomplete = report.images.filter(({ complete }) => !complete);
    const again = await verify(incomplete.map(({ image }) => parseImageName(image)));
    report = merged(report, again, new Set(came.map(({ digest }) => digest)));
  }
  return { report, refetched: back };
}

/** One after the other: a blob that several faults name is fetched once. */
async function refetchImage({ image, faults }: VerifiedImage, library: Library): Promise<readonly Refetch[]> {
  const name = parseImageName(image);
  const attempts: Refetch[] = [];
  for (const fault of faults) {
    const { part, digest, platform } = fault;
    const told = {
      image,
      part,
      ...(digest !== undefined && { digest }),
      ...(platform !== undefined && { platform }),
    };
    try {
      const target = library.target(name.registry, name.repository);
      if (await fetchPart(fault, name, target, library)) attempts.push(told);
    } catch (error) {
      attempts.push({ ...told, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return attempts;
}

/** @returns false for what fetching does not mend */
async function fetchPart(
  { part, fault, digest, setAside }: Fault,
  { tag }: ImageName,
  target: Target,
  library: Library,
): Promise<boolean> {
  if (fault === 'unknown' && tag !== undefined) {
    await library.manifest(target, tag);
    return true;
  }
  const lost = fault === 'missing' || fault === 'not-linked' || (fault === 'damaged' && setAside === true);
  if (!lost || digest === undefined) return false;
  if (part === 'index' || part === 'manifest') await library.manifest(target, digest);
  else await library.ensureBlob(target, digest);
  return true;
}

async function refetchBlob(
  { part, digest, setAside }: Fault,
  registry: Pick<Registry, 'repairBlob'>,
): Promise<readonly Refetch[]> {
  if (digest === undefined || setAside !== true) return [];
  const there = await registry.repairBlob(digest);
  return [{ part, digest, ...(!there && { error: 'no registry gives it; the log says why' }) }];
}

/** What no image names is not verified again: it was when it came. */
function merged(
  { images, blobs }: VerifyReport,
  again: VerifyReport,
  came: ReadonlySet<Digest | undefined>,
): VerifyReport {
  const latest = new Map(again.images.map((image) => [image.image, image]));
  const now = images.map((image) => latest.get(image.image) ?? image);
  const left = blobs.filter(({ digest }) => !came.has(digest));
  return { images: now, blobs: left, complete: left.length === 0 && now.every(({ complete }) => complete) };
}
