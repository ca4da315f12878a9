// SIGTERM and SIGINT, which end a command in good order; a second one ends the process at once.

export interface StopSignal {
  readonly name: NodeJS.Signals;
  /** What a shell makes of it. */
  readonly status: number;
}

/** Heard from now on, so that a signal in the midst of the start is not lost. */
export function stopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let stopping = false;
    const onSignal = (name: NodeJS.Signals, number: number): void => {
      const status = 128 + number;
      if (stopping) process.exit(status);
      stopping = true;
      resolve({ name, status });
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
