// What the engine is doing, and what it has done since the start, in numbers.

export interface FillActivity {
  /** Downloads that have their turn. */
  readonly running: number;
  /** Downloads that wait for it, because as many run as may. */
  readonly queued: number;
  /** Clients that read downloads as they come. */
  readonly readers: number;
  /** Downloads that have ended in the cache. */
  readonly cached: number;
  /** Downloads that came to nothing. */
  readonly failed: number;
  /** How often an upstream broke off and was asked for the rest. */
  readonly resumes: number;
}

export interface Activity {
  readonly fills: FillActivity;
  /** Images that wait in the background for blobs that nobody has asked for. */
  readonly incompleteImages: number;
  /** How often the disk has not taken a blob or a manifest, or not all of it. */
  readonly diskFailures: number;
}
