// Whether a broken download is taken up again, and after how long.
import type { UpstreamError } from '../upstream/errors.ts';

export interface Attempts {
  /** Attempts in a row that brought no byte. */
  readonly fruitless: number;
  /** Whether any byte came since the fill started. */
  readonly begun: boolean;
  /** Milliseconds since the last byte. */
  readonly idle: number;
  readonly noProgressMs: number;
}

const FIRST_MS = 200;
const MOST_MS = 10_000;
/** A registry that says no to a download that had begun may mean a token or a redirect; it is asked a few times. */
const REFUSALS = 3;

/**
 * Milliseconds to wait before the next attempt, or undefined to give up: at once where progress was made, with
 * full jitter and growing where not, until there was none for too long. A download that never began fails fast.
 */
export function retryDelay(
  error: UpstreamError,
  attempts: Attempts,
  random: () => number = Math.random,
): number | undefined {
  const { fruitless, begun, idle, noProgressMs } = attempts;
  if (error.failure === 'refused' || error.failure === 'invalid') return undefined;
  if (!begun) return error.failure === 'broken' && fruitless <= 1 ? 0 : undefined;
  if (fruitless === 0) return 0;
  if (!error.temporary && fruitless > REFUSALS) return undefined;
  const growing = random() * Math.min(MOST_MS, FIRST_MS * 2 ** fruitless);
  const delay = Math.max(growing, error.retryAfterMs ?? 0);
  return idle + delay > noProgressMs ? undefined : delay;
}
