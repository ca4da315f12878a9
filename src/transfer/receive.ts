// A bundle on its way from where it is made: every byte is passed on, and seen to be in its place.
import type { Write } from '../registry/shelf.ts';
import { BundleReader } from './bundle-reader.ts';
import type { BundleTable } from './bundle-table.ts';

/**
 * Passes a bundle on. That each blob has the bytes of its digest is for whoever imports it to see.
 * @param begun told what is coming
 * @throws {BundleError} when it is not whole; what came until then is no bundle
 */
export async function receiveBundle(
  source: AsyncIterable<Uint8Array>,
  write: Write,
  begun: (table: BundleTable) => Promise<void>,
): Promise<BundleTable> {
  const reader = await BundleReader.open(passedOn(source, write));
  try {
    const { table } = reader;
    await begun(table);
    for (const part of [...table.manifests, ...table.blobs])
      if (part.there !== true) for await (const _chunk of reader.part(part));
    await reader.end();
    return table;
  } finally {
    await reader.close();
  }
}

async function* passedOn(source: AsyncIterable<Uint8Array>, write: Write): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    await write(chunk);
    yield chunk;
  }
}
