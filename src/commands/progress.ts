// The progress of one thing on stderr, where people watch it.
import { loadScreen } from './load-screen.ts';
import type { Moving } from './load-screen.ts';

/** Shows it until what is returned is called; nothing where nobody watches. */
export function showProgress(moving: Moving): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  const screen = loadScreen(process.stderr);
  screen.begun(moving);
  return () => screen.close();
}
