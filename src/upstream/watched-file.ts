// A file that is read again when it has changed: mounted secrets are replaced while we run.
import type { SecretFiles } from '../config/secret-file.ts';
import { CredentialError } from './credentials.ts';

export interface WatchedFile<T> {
  /** @throws {CredentialError} when it never could be read; once it could, what was last read stands */
  get(): Promise<T>;
  /** Looks at the next use, however short ago it last did. */
  check(): void;
}

/** A file is looked at once in so many milliseconds at most. */
const CHECK_MS = 1000;

/** @param parse what the text means; throws errors that do not repeat it */
export function watchedFile<T>(
  path: string,
  parse: (text: string) => T,
  { files, now }: { readonly files: SecretFiles; readonly now: () => Date },
): WatchedFile<T> {
  let held: { readonly version: string; readonly value: T } | undefined;
  let checked = -Infinity;
  let looking: Promise<T> | undefined;

  async function look(): Promise<T> {
    try {
      // The version is older than the text at worst, and then the next look reads once more than needed.
      const version = await files.version(path);
      if (held?.version !== version) held = { version, value: parse(await files.read(path)) };
    } catch (cause) {
      if (held === undefined) {
        throw new CredentialError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
          cause,
        });
      }
    }
    checked = now().getTime();
    return held.value;
  }

  return {
    async get() {
      // The distance, not the difference: a clock that was set back must not keep an old secret alive.
      if (held !== undefined && Math.abs(now().getTime() - checked) < CHECK_MS) return held.value;
      looking ??= look().finally(() => (looking = undefined));
      return looking;
    },
    check() {
      checked = -Infinity;
    },
  };
}
