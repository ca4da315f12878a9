// Does the same to many, a few at a time.
import { Turns } from '../thread/turns.ts';

/** The first failure ends it, when what was under way has ended. */
export async function forEach<Item>(
  items: Iterable<Item>,
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const turns = new Turns();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let next = waiting.next(); next.done !== true && !failed; next = waiting.next()) {
      await work(next.value).catch((error: unknown) => {
        failed = true;
        throw error;
      });
      // What is known already takes no time that others could use.
      if (turns.isOver) await turns.next();
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: width }, worker));
  for (const result of workers) if (result.status === 'rejected') throw result.reason;
}
