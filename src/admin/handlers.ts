// The operations of the admin API, each between the contract and what does the work.
import { Readable } from 'node:stream';
import type { Handlers } from '../../api/bind.ts';
import type { adminRoutes } from '../../api/admin-routes.gen.ts';
import type { EventOf, Schema } from '../../api/contract.ts';
import type { Config } from '../config/config.ts';
import { isDigest } from '../oci/digest.ts';
import { OciError } from '../oci/errors.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { Platform } from '../oci/platform.ts';
import { inspected } from '../registry/inspect.ts';
import { imageRows } from '../registry/list.ts';
import type { Registry, UpstreamStatus } from '../registry/registry.ts';
import { usage } from '../registry/usage.ts';
import { inventoryText } from '../transfer/inventory.ts';
import { json, ndjson, octets } from './answer.ts';
import type { AdminBody } from './answer.ts';
import { archiveLoadEvents } from './archive-load-events.ts';
import { exportBytes, openShelf } from './export-bytes.ts';
import { importEvents } from './import-events.ts';
import { loadEvents } from './load-events.ts';
import { imagesPlanned } from './images-planned.ts';
import { pruneEvents } from './prune-events.ts';
import { verifyEvents } from './verify-events.ts';

/** What of the process the admin API may ask for. */
export interface ServerControl {
  /** @throws {OciError} 409 when the configuration has mistakes */
  reload(): Schema<'Reloaded'>;
  /** Has the server closed, as SIGTERM does. */
  stop(): void;
}

export interface AdminParts {
  readonly registry: Registry;
  readonly config: Pick<Config, 'linkCheck' | 'concurrent' | 'shutdownGraceMs'>;
  readonly running: Schema<'RunningVersion'>;
  readonly control: ServerControl;
  /** What a load brings in where it is not said; none is every platform. */
  readonly platforms: readonly Platform[];
  /** Resolves when the server has stopped. */
  readonly stopped: Promise<void>;
}

export interface AdminRequest {
  /** Aborted when the client has gone, or the server is about to. */
  readonly signal: AbortSignal;
}

export function createHandlers(parts: AdminParts): Handlers<AdminRequest, AdminBody, typeof adminRoutes> {
  const { registry, config, running, control } = parts;
  return {
    versionGet: () => json<'versionGet'>(running),
    upstreamsList: () => json<'upstreamsList'>({ upstreams: registry.upstreams().map(inContract) }),
    missedList: async () => json<'missedList'>({ missed: await registry.missed() }),
    async missedClear() {
      await registry.clearMissed();
      return json<'missedClear'>({ missed: await registry.missed() });
    },
    imagesList: async ({ query: { linkCheck = config.linkCheck, ...query } }) =>
      json<'imagesList'>({ images: await imageRows(await registry.cached(), { ...query, linkCheck }) }),
    usageGet: async () => json<'usageGet'>(await usage(await registry.cached())),
    inspectGet: async ({ query: { reference, linkCheck = config.linkCheck } }) => {
      const what = isDigest(reference) ? reference : parseImageName(reference);
      const found = inspected(await registry.cached(), what, linkCheck);
      if (found === undefined) throw notCached(reference);
      return json<'inspectGet'>(found);
    },
    verifyRun: ({ body }, { signal }) => ndjson<'verifyRun'>(verifyEvents(parts, body, signal)),
    loadRun: ({ body }, { signal }) =>
      ndjson<'loadRun'>(loadEvents(body, { ...parts, library: registry.library, signal })),
    archiveLoad: ({ query, body }, { signal }) =>
      ndjson<'archiveLoad'>(archiveLoadEvents(query, body, { ...parts, signal })),
    pinSet: async ({ body }) => json<'pinSet'>(await registry.pin(body.patterns)),
    pinRelease: async ({ body }) => json<'pinRelease'>(await registry.unpin(body.patterns)),
    pruneRun: ({ body }, { signal }) => ndjson<'pruneRun'>(pruneEvents(registry, body, signal)),
    inventoryGet: async ({ query: { linkCheck = config.linkCheck } }) => {
      const text = await inventoryText(await openShelf(registry, linkCheck));
      return octets(Readable.from([Buffer.from(text)]));
    },
    exportRun: async ({ body }) => {
      const shelf = await openShelf(registry, body.linkCheck ?? config.linkCheck);
      const { bytes, planned } = await exportBytes(shelf, body);
      return octets(bytes, { [imagesPlanned]: String(planned) });
    },
    importRun: (input, { signal }) => ndjson<'importRun'>(importEvents(registry, input, signal)),
    refreshRun: async () => {
      const { memcache } = await registry.cached();
      return json<'refreshRun'>({ manifests: memcache.manifests.size, blobs: memcache.blobs.count });
    },
    reloadRun: () => json<'reloadRun'>(control.reload()),
    stopRun: () => ndjson<'stopRun'>(stopEvents(parts)),
  };
}

async function* stopEvents({ control, config, stopped }: AdminParts): AsyncGenerator<EventOf<'stopRun'>> {
  yield { event: 'stopping', graceMs: config.shutdownGraceMs };
  control.stop();
  await stopped;
  yield { event: 'stopped' };
}

function notCached(name: string): OciError {
  return new OciError('MANIFEST_UNKNOWN', `${name} is not cached`, { status: 404 });
}

function inContract({
  since,
  lastError,
  rateLimit,
  tokenExpiry,
  ...plain
}: UpstreamStatus): Schema<'Upstream'> {
  return {
    ...plain,
    since: since.toISOString(),
    ...(lastError !== undefined && {
      lastError: { reason: lastError.reason, at: lastError.at.toISOString() },
    }),
    ...(rateLimit !== undefined && { rateLimit: { ...rateLimit, at: rateLimit.at.toISOString() } }),
    ...(tokenExpiry !== undefined && {
      tokenExpiry: {
        earliest: tokenExpiry.earliest.toISOString(),
        latest: tokenExpiry.latest.toISOString(),
      },
    }),
  };
}
