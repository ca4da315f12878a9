// What can go wrong with the store: the file system failed, or bytes are not what their descriptor says.
import type { Digest } from '../oci/digest.ts';

/** The file system refused or failed; ENOENT never becomes one, because what is absent is a miss. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly path: string;
  /** The system's code (`ENOSPC`, `EIO`, ...), where there is one. */
  readonly code: string | undefined;

  constructor(message: string, options: { path: string; code?: string | undefined; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.path = options.path;
    this.code = options.code;
  }
}

/** The bytes do not hash to the digest that names them; nothing was committed. */
export class DigestMismatch extends Error {
  override readonly name = 'DigestMismatch';
  readonly expected: Digest;
  readonly actual: Digest;

  constructor(expected: Digest, actual: Digest) {
    super(`expected ${expected}, but the bytes hash to ${actual}`);
    this.expected = expected;
    this.actual = actual;
  }
}

/** The system's code of a caught error, or undefined when it is not one of the file system's. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Translates a caught error; what is the store's own already stays as it is. */
export function storeError(doing: string, path: string, cause: unknown): StoreError | DigestMismatch {
  if (cause instanceof StoreError || cause instanceof DigestMismatch) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(`cannot ${doing}: ${reason}`, { path, code: errorCode(cause), cause });
}

/**
 * Waits for a file-system operation.
 * @throws {StoreError} when it fails
 */
export async function attempt<T>(doing: string, path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    throw storeError(doing, path, error);
  }
}

/**
 * Waits for a file-system operation on something that may be absent: ENOENT is undefined.
 * @throws {StoreError} when it fails otherwise
 */
export async function attemptOrMiss<T>(
  doing: string,
  path: string,
  operation: Promise<T>,
): Promise<T | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw storeError(doing, path, error);
  }
}
