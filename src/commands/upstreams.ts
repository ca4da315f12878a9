// `upstreams`: how every registry fares that the running server has asked lately.
import type { ConfigSources } from '../config/load.ts';
import { loadConfig } from '../config/load.ts';
import { askServer } from './admin-client.ts';
import { upstreamTable } from './upstream-table.ts';

export interface UpstreamsOptions {
  readonly json: boolean;
}

/**
 * @throws {ConfigError}
 * @throws {Error} when no server runs on the directory: nobody else knows
 */
export async function upstreams(sources: ConfigSources, { json }: UpstreamsOptions): Promise<void> {
  const { imagePath } = loadConfig(sources);
  const answer = await askServer(imagePath, (client) => client.GET('/admin/v1/upstreams'));
  if (answer === undefined) {
    throw new Error(`no server runs on ${imagePath}; start one, or name its directory with --image-path`);
  }
  const rows = answer.upstreams.toSorted((a, b) => compare(nameOf(a), nameOf(b)));
  process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : upstreamTable(rows, new Date()));
}

/** Endpoints of one registry stay in the order in which they are asked. */
function nameOf({ registry, pathPrefix = '' }: { readonly registry: string; readonly pathPrefix?: string }) {
  return `${registry}/${pathPrefix}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
