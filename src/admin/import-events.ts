// An import through the admin API: the bundle is what is sent, and how it goes is told meanwhile.
import type { EventOf, Input } from '../../api/contract.ts';
import { MissingBase } from '../transfer/bundle-error.ts';
import { importBundle } from '../transfer/import.ts';
import type { ImportNumbers, ImportOptions } from '../transfer/import.ts';
import { emitted } from './emitted.ts';

type ImportEvent = EventOf<'importRun'>;

/** As often as a terminal is redrawn. */
const PROGRESS_MS = 200;

/** Imports into the running server; what goes wrong with a bundle is told as one of its events. */
export function importEvents(
  registry: ImportOptions['registry'],
  { query: { pin = true, dryRun = false }, body }: Pick<Input<'importRun'>, 'query' | 'body'>,
  signal: AbortSignal,
): AsyncGenerator<ImportEvent> {
  let numbers: ImportNumbers | undefined;
  const progress = (): ImportEvent | undefined => numbers && { event: 'progress', numbers: { ...numbers } };
  return emitted<ImportEvent>(
    async (emit) => {
      const begun = (known: ImportNumbers): void => {
        numbers = known;
        emit({ event: 'progress', numbers: { ...known } });
      };
      try {
        const bundle = untilAborted(body, signal);
        emit({ event: 'imported', ...(await importBundle(bundle, { registry, pin, dryRun, begun })) });
      } catch (error) {
        signal.throwIfAborted();
        emit({
          event: 'failed',
          message: error instanceof Error ? error.message : String(error),
          ...(error instanceof MissingBase && { missing: error.parts }),
          ...(numbers !== undefined && { numbers }),
        });
      }
    },
    { signal, tick: { everyMs: PROGRESS_MS, event: progress } },
  );
}

async function* untilAborted(
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    signal.throwIfAborted();
    yield chunk;
  }
}
