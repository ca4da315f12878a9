// The little that the store asks of a logger.

/** Takes a message and fields to go with it; must not throw. */
export interface Log {
  debug(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}
