// An export through the admin API: the bundle as it is made.
import type { RequestBody } from '../../api/contract.ts';
import type { Config } from '../config/config.ts';
import { OciError } from '../oci/errors.ts';
import { parseImageName } from '../oci/image-name.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Registry } from '../registry/registry.ts';
import { createShelf } from '../registry/shelf.ts';
import type { ExportPlan, Shelf } from '../registry/shelf.ts';
import { bundleTable, writeBundle } from '../transfer/export.ts';
import type { BundleTable } from '../transfer/bundle-table.ts';
import { drawn } from './drawn.ts';

export interface PlannedBytes {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Images that were asked for. */
  readonly planned: number;
}

/** What is cached, and what other processes have written until now. */
export async function openShelf(
  registry: Pick<Registry, 'cached'>,
  linkCheck: Config['linkCheck'],
): Promise<Shelf> {
  return createShelf({ ...(await registry.cached()), linkCheck: () => linkCheck });
}

/** @throws {OciError} 409 when something that was asked for cannot be exported; 413 when it is too much for one bundle */
export async function exportBytes(
  shelf: Shelf,
  {
    references = [],
    patterns = [],
    platforms = [],
    referrers = true,
    have = { digests: [], images: [] },
  }: RequestBody<'exportRun'>,
): Promise<PlannedBytes> {
  const plan = await shelf.plan({
    ...{ patterns, referrers },
    references: references.map(parseImageName),
    platforms: platforms.map(parsePlatform),
  });
  refuseIncomplete(plan);
  const table = await planned(plan, have);
  return { bytes: drawn((write) => writeBundle(shelf, table, write)), planned: plan.images.length };
}

function refuseIncomplete({ incomplete, unmatched }: ExportPlan): void {
  if (incomplete.length + unmatched.length === 0) return;
  throw new OciError('MANIFEST_BLOB_UNKNOWN', 'not all of it is cached', {
    status: 409,
    detail: { incomplete, unmatched },
  });
}

async function planned(
  plan: ExportPlan,
  { digests, images }: Required<RequestBody<'exportRun'>>['have'],
): Promise<BundleTable> {
  try {
    return await bundleTable(plan, { digests: new Set(digests), images: new Set(images) });
  } catch (cause) {
    throw new OciError('SIZE_INVALID', cause instanceof Error ? cause.message : String(cause), {
      status: 413,
      cause,
    });
  }
}
