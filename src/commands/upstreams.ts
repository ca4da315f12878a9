// `upstreams`: how every registry fares that the running server has asked lately.
import type { ConfigSources } from '../config/load.ts';
import { upstreamTable } from './upstream-table.ts';
import { onServer, workPlace } from './work-place.ts';
import type { ServerFlags } from './work-place.ts';
import { byCodeUnits } from '../oci/code-units.ts';

export interface UpstreamsOptions extends ServerFlags {
  readonly json: boolean;
}

/**
 * @throws {ConfigError}
 * @throws {Error} when no server runs on the directory: nobody else knows
 */
export async function upstreams(sources: ConfigSources, { json, ...flags }: UpstreamsOptions): Promise<void> {
  const answer = await onServer(workPlace(sources, flags), (client) => client.json('upstreamsList'));
  const rows = answer.upstreams.toSorted((a, b) => byCodeUnits(nameOf(a), nameOf(b)));
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : upstreamTable(rows, new Date()));
}

/** Endpoints of one registry stay in the order in which they are asked. */
function nameOf({ registry, pathPrefix = '' }: { readonly registry: string; readonly pathPrefix?: string }) {
  return `${registry}/${pathPrefix}`;
}
