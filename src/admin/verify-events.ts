// A verification through the admin API: what is found is told as it is found, and what was fetched again at the end.
import type { EventOf, RequestBody } from '../../api/contract.ts';
import type { Config } from '../config/config.ts';
import { parseImageName } from '../oci/image-name.ts';
import type { ImageName } from '../oci/image-name.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { Registry } from '../registry/registry.ts';
import { verified, verifyReport } from '../registry/verify.ts';
import type { Verified } from '../registry/verify.ts';
import { refetchFaults } from '../transfer/refetch.ts';

interface VerifyParts {
  readonly registry: Registry;
  readonly config: Pick<Config, 'linkCheck' | 'concurrent'>;
}

export async function* verifyEvents(
  { registry, config }: VerifyParts,
  {
    images,
    platforms,
    deep = false,
    refetch = false,
    linkCheck = config.linkCheck,
  }: RequestBody<'verifyRun'>,
  signal: AbortSignal,
): AsyncGenerator<EventOf<'verifyRun'>> {
  const options = { platforms: platforms?.map(parsePlatform) ?? [], deep, linkCheck, signal };
  const judged = async function* (names: readonly ImageName[] | 'all'): AsyncGenerator<Verified> {
    for await (const event of verified(await registry.cached(), names, options)) {
      signal.throwIfAborted();
      yield event;
    }
  };
  const told: Verified[] = [];
  for await (const event of judged(images?.map(parseImageName) ?? 'all')) {
    if (refetch) told.push(event);
    yield event;
  }
  if (!refetch) return;
  const { report, refetched } = await refetchFaults(await verifyReport(told), {
    registry,
    concurrent: config.concurrent,
    verify: (names) => verifyReport(judged(names)),
  });
  yield { event: 'refetched', ...report, refetched };
}
