// The suite that any store must pass, whatever it keeps its bytes in.
import { afterEach, beforeEach, describe } from 'vitest';
import { blobSuite } from './blob-suite.ts';
import { recordSuite } from './record-suite.ts';
import { seededRandom } from './store-samples.ts';
import type { Store } from './store.ts';

/** One place to keep things, which several stores can be opened on, as several servers would. */
export interface StorePlace {
  open(): Promise<Store>;
  remove(): Promise<void>;
}

/** Declares the suite's tests; the seed of its random data stands in its name. */
export function storeSuite(name: string, make: () => Promise<StorePlace>): void {
  const seed = Math.floor(Math.random() * 2 ** 32);

  describe(`${name}, seed ${seed}`, () => {
    let place: StorePlace;
    let opened: { store: Store; other: Store };

    beforeEach(async () => {
      place = await make();
      opened = { store: await place.open(), other: await place.open() };
    });

    afterEach(async () => {
      await opened.store.close();
      await opened.other.close();
      await place.remove();
    });

    blobSuite(() => opened, seededRandom(seed));
    recordSuite(() => opened);
  });
}
