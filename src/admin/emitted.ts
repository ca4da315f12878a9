// Work that tells by calling back, as events that somebody reads at his own pace.

export interface EmittedOptions<Event> {
  /** When it is aborted, the events end in its reason. The work is told by whoever gave it the same signal. */
  readonly signal: AbortSignal;
  /** Asked every so many milliseconds for what there is to tell, and only of a reader who has read all else. */
  readonly tick?: { readonly everyMs: number; readonly event: () => Event | undefined };
}

/**
 * The events of some work, which begins when the first is asked for.
 * @throws what the work throws, after its events
 */
export async function* emitted<Event>(
  work: (emit: (event: Event) => void) => Promise<void>,
  { signal, tick }: EmittedOptions<Event>,
): AsyncGenerator<Event> {
  const waiting: Event[] = [];
  let outcome: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;
  const emit = (event: Event): void => {
    waiting.push(event);
    wake();
  };
  const ended = (result: { readonly error?: unknown }): void => {
    outcome = result;
    wake();
  };
  const onTick = (): void => {
    const event = waiting.length === 0 ? tick?.event() : undefined;
    if (event !== undefined) emit(event);
  };
  const onAbort = (): void => wake();
  const timer = tick && setInterval(onTick, tick.everyMs);
  signal.addEventListener('abort', onAbort);
  void work(emit).then(
    () => ended({}),
    (error: unknown) => ended({ error }),
  );
  try {
    for (;;) {
      signal.throwIfAborted();
      const event = waiting.shift();
      if (event !== undefined) {
        yield event;
      } else if (outcome === undefined) {
        await new Promise<void>((resolve) => (wake = resolve));
      } else {
        if ('error' in outcome) throw outcome.error;
        return;
      }
    }
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
