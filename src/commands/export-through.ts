// An export through a running server, and what is said of one that cannot be.
import type { RequestBody, Schema } from '../../api/contract.ts';
import { imagesPlanned } from '../admin/images-planned.ts';
import { formatImageName } from '../oci/image-name.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { ExportPlan, IncompleteImage, Selection } from '../registry/shelf.ts';
import type { Possession } from '../transfer/inventory.ts';
import { ServerRefusal } from './admin-client.ts';
import type { AdminClient } from './admin-client.ts';
import { CommandFailure } from './command-failure.ts';
import { faultText } from './verify-table.ts';
import { linkCheckSaid } from './work-place.ts';
import type { WorkPlace } from './work-place.ts';

export function exportRequest(
  { references, patterns, platforms, referrers }: Selection,
  { digests, images }: Possession,
  place: WorkPlace,
): RequestBody<'exportRun'> {
  return {
    references: references.map(formatImageName),
    patterns: [...patterns],
    platforms: platforms.map(formatPlatform),
    referrers,
    have: { digests: [...digests], images: [...images] },
    ...linkCheckSaid(place),
  };
}

/**
 * The bundle as it comes, and how many images were asked for.
 * @throws {CommandFailure} when something that was asked for cannot be exported
 */
export async function exportThrough(
  client: AdminClient,
  asked: { readonly body: RequestBody<'exportRun'> },
): Promise<{ readonly bytes: AsyncIterable<Uint8Array>; readonly planned: number }> {
  try {
    const { headers, bytes } = await client.octets('exportRun', asked);
    return { bytes, planned: Number(headers[imagesPlanned.toLowerCase()]) };
  } catch (error) {
    const { code, detail } = error instanceof ServerRefusal ? error : {};
    if (code === 'MANIFEST_BLOB_UNKNOWN') refuseIncomplete(detail as Schema<'ExportRefusal'>);
    throw error;
  }
}

/** @throws {CommandFailure} when there is something to refuse */
export function refuseIncomplete({
  incomplete,
  unmatched,
}: Pick<ExportPlan, 'incomplete' | 'unmatched'>): void {
  if (incomplete.length + unmatched.length === 0) return;
  throw new CommandFailure([
    ...unmatched.map((pattern) => `no image that is cached is like ${pattern}`),
    ...incomplete.flatMap(incompleteLines),
    'nothing was exported: load what is missing first',
  ]);
}

const SHOWN_FAULTS = 10;

function incompleteLines({ image, faults }: IncompleteImage): readonly string[] {
  const lines = faults.slice(0, SHOWN_FAULTS).map((fault) => `${image}: ${faultText(fault)}`);
  return faults.length > lines.length
    ? [...lines, `${image}: and ${faults.length - lines.length} more; see verify --json`]
    : lines;
}
