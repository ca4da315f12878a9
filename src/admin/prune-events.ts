// A prune through the admin API: who asks is told what went when it has.
import type { EventOf, RequestBody } from '../../api/contract.ts';
import { OciError } from '../oci/errors.ts';
import { LeaseTaken } from '../registry/prune.ts';
import type { Registry } from '../registry/registry.ts';
import { emitted } from './emitted.ts';

/** By the engine of the running server: it never prunes twice at once, whoever asks. */
export function pruneEvents(
  registry: Pick<Registry, 'prune'>,
  { createdBefore, notPulledSince, ...plain }: RequestBody<'pruneRun'>,
  signal: AbortSignal,
): AsyncGenerator<EventOf<'pruneRun'>> {
  const options = {
    ...plain,
    ...(createdBefore !== undefined && { createdBefore: new Date(createdBefore) }),
    ...(notPulledSince !== undefined && { notPulledSince: new Date(notPulledSince) }),
  };
  return emitted<EventOf<'pruneRun'>>(
    async (emit) => {
      const report = await registry.prune(options, signal).catch((error: unknown) => {
        throw error instanceof LeaseTaken ? inUse(error) : error;
      });
      emit({ event: 'pruned', report });
    },
    { signal },
  );
}

function inUse(cause: LeaseTaken): OciError {
  return new OciError('UNAVAILABLE', cause.message, { cause });
}
