// A command that did what it could and failed: what there is to say of it, and its exit status.

export class CommandFailure extends Error {
  /** Said on stderr, each behind the program's name. */
  readonly lines: readonly string[];
  readonly status: number;

  constructor(lines: readonly string[], status = 1) {
    super(lines.join('\n'));
    this.lines = lines;
    this.status = status;
  }
}
