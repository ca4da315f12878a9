// What is wrong with a configuration: every mistake, each with its place, never with a value that may be secret.

export interface Mistake {
  /** `--port`, `OCIREGISTRY_PORT`, or `file:line:column`. */
  readonly place: string;
  readonly message: string;
  /** Whether the command line itself is wrong. */
  readonly usage: boolean;
}

/** All mistakes of one configuration at once; the message has a line for each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[], options?: ErrorOptions) {
    super(mistakes.map(({ place, message }) => `${place}: ${message}`).join('\n'), options);
    this.mistakes = mistakes;
  }
}
