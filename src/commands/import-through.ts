// An import through a running server: the bundle goes up while its events come down.
import { MissingBase } from '../transfer/bundle-error.ts';
import type { ImportNumbers, ImportReport } from '../transfer/import.ts';
import type { AdminClient } from './admin-client.ts';

export interface ImportThroughOptions {
  readonly pin: boolean;
  readonly dryRun: boolean;
  readonly begun: (numbers: ImportNumbers) => void;
  readonly signal: AbortSignal;
}

/**
 * @throws {MissingBase}
 * @throws {Error} as the server says it, or what kept `source` from being read
 */
export async function importThrough(
  client: AdminClient,
  source: AsyncIterable<Uint8Array>,
  { pin, dryRun, begun, signal }: ImportThroughOptions,
): Promise<ImportReport> {
  let unreadable: { readonly error: unknown } | undefined;
  async function* body(): AsyncGenerator<Uint8Array> {
    try {
      // A chunk is good until the next one is asked for, and the socket may have it for longer.
      for await (const chunk of source) yield Buffer.from(chunk);
    } catch (error) {
      unreadable = { error };
      throw error;
    }
  }
  let numbers: ImportNumbers | undefined;
  const grown = (said: ImportNumbers): void => {
    if (numbers !== undefined) Object.assign(numbers, said);
    else begun((numbers = { ...said }));
  };
  try {
    const asked = { query: { pin, dryRun }, body: body(), signal };
    for await (const event of client.events('importRun', asked)) {
      if (event.numbers !== undefined) grown(event.numbers);
      if (event.event === 'imported') return { images: event.images, numbers: event.numbers };
      if (event.event === 'failed')
        throw event.missing === undefined ? new Error(event.message) : new MissingBase(event.missing);
    }
  } catch (error) {
    throw unreadable === undefined ? error : unreadable.error;
  }
  throw new Error('the server did not say what came of it');
}
