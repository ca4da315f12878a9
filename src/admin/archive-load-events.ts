// The load of an archive that is the body of a request of the admin API: how it goes, as events.
import type { EventOf, Parameters } from '../../api/contract.ts';
import { parseImageName } from '../oci/image-name.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/platform.ts';
import { parseRegistryHost } from '../oci/registry-host.ts';
import type { RegistryHost } from '../oci/registry-host.ts';
import type { Registry } from '../registry/registry.ts';
import { unpruned } from '../registry/unpruned.ts';
import { loadArchive } from '../transfer/archive-load.ts';
import { ResolveRef } from '../transfer/resolve-ref.ts';
import { watchedLoad } from './load-events.ts';

export interface ArchiveLoadContext {
  readonly registry: Registry;
  /** What is loaded where the request does not say; none is every platform. */
  readonly platforms: readonly Platform[];
  readonly signal: AbortSignal;
}

/**
 * Loads the images of an archive as it comes; no name in the request is a path.
 * @throws {OciError} when the request names what is no image, platform or registry
 */
export function archiveLoadEvents(
  query: Parameters<'archiveLoad'>['query'],
  archive: AsyncIterable<Uint8Array>,
  { registry, platforms, signal }: ArchiveLoadContext,
): AsyncGenerator<EventOf<'archiveLoad'>> {
  const { name, resolveRef, unnamed } = query;
  const naming = new ResolveRef(resolveRef === undefined ? undefined : parseImageName(resolveRef), unnamed);
  const options = {
    ...{ library: registry.library, intake: registry.intake, signal, naming },
    platforms: query.platforms === undefined ? platforms : parsedPlatforms(query.platforms),
    referrers: query.referrers !== 'no',
    pin: query.pin !== 'no',
    as: parsedRenamings(query.as),
  };
  return watchedLoad<EventOf<'archiveLoad'>>(signal, async (emit, loads) => {
    const watcher = {
      ...loads,
      // Whoever sends it knows how much of it is read.
      reading: () => undefined,
      hasRead: () => emit({ event: 'read' }),
      expected: (images: number) => emit({ event: 'expected', images }),
    };
    const { mistakes } = await unpruned(registry, `load of ${name}`, () =>
      loadArchive({ name, bytes: () => archive }, { ...options, watcher }),
    );
    emit({ event: 'done', unnamed: naming.unnamed, mistakes: [...mistakes] });
  });
}

function parsedPlatforms(text: string): readonly Platform[] {
  return text === 'all' ? [] : text.split(',').map(parsePlatform);
}

function parsedRenamings(text: string | undefined): ReadonlyMap<RegistryHost, RegistryHost> {
  const pairs = text?.split(',').map((pair) => {
    const [from = '', ...to] = pair.split('=');
    return [parseRegistryHost(from), parseRegistryHost(to.join('='))] as const;
  });
  return new Map(pairs);
}
