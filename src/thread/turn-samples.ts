// Work that takes its time, and how much of it is done in each turn of the event loop.
import { setImmediate } from 'node:timers/promises';

/** So many pieces of a millisecond may be done in a turn: the five that fit, and those of whoever begins beside it. */
export const mostInTurn = 8;

/** Does nothing for so many milliseconds. */
export function busy(ms: number): void {
  for (const began = performance.now(); performance.now() - began < ms;);
}

export function* busily(times: number, ms: number): Generator<number> {
  for (let at = 0; at < times; at += 1) {
    busy(ms);
    yield at;
  }
}

/** Runs some work, which notes each piece of it that is done; returns how many were done in each turn. */
export async function piecesInTurns(
  work: (note: () => void) => Promise<unknown>,
): Promise<readonly number[]> {
  const pieces = [0];
  const done = new AbortController();
  const others = (async () => {
    for (; !done.signal.aborted; pieces.push(0)) await setImmediate();
  })();
  await work(() => void pieces.push((pieces.pop() ?? 0) + 1));
  done.abort();
  await others;
  return pieces.filter((count) => count > 0);
}
