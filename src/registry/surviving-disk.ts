// A reader of a fill that goes on without the disk when the disk fails under it.
import { StoreError } from '../serialize/errors.ts';
import type { BlobFile } from '../serialize/store.ts';

/** @param otherwise opens another source of the same bytes; called at most once */
export function survivingDisk(file: BlobFile, otherwise: () => Promise<BlobFile>): BlobFile {
  let other: Promise<BlobFile> | undefined;
  const { ready } = file;
  return {
    size: file.size,
    get fd() {
      return other === undefined ? (file.fd ?? -1) : -1;
    },
    ...(ready !== undefined && {
      async ready(position: number) {
        if (other !== undefined) return 0;
        try {
          return await ready(position);
        } catch (error) {
          // Then `read` meets the same error, and knows what to do.
          if (error instanceof StoreError) return 0;
          throw error;
        }
      },
    }),
    async read(target, length, position) {
      if (other === undefined) {
        try {
          return await file.read(target, length, position);
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          other = otherwise();
        }
      }
      return (await other).read(target, length, position);
    },
    async close() {
      await file.close();
      await other?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}
