// One secret, wherever the configuration says that it is.
import type { SecretPlace } from '../config/registry-auth.ts';
import type { SecretFiles } from '../config/secret-file.ts';
import { CredentialError } from './credentials.ts';
import { watchedFile } from './watched-file.ts';

export interface Secret {
  /** @throws {CredentialError} */
  get(): Promise<string>;
  refused(): void;
}

/** Where secrets are looked for. */
export interface SecretOptions {
  /** For `password_from_env` and `token_from_env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: SecretFiles;
  readonly now: () => Date;
}

const nothing = (): void => undefined;

export function createSecret(place: SecretPlace, options: SecretOptions): Secret {
  if (typeof place === 'string') return { get: () => Promise.resolve(place), refused: nothing };
  if ('file' in place) {
    const file = watchedFile(place.file, withoutLineBreak, options);
    return { get: () => file.get(), refused: () => file.check() };
  }
  return {
    get() {
      const value = options.env[place.env];
      if (value !== undefined && value !== '') return Promise.resolve(value);
      return Promise.reject(new CredentialError(`the environment variable ${place.env} is not set`));
    },
    refused: nothing,
  };
}

/** Editors and `echo` end a file with a line break that is no part of the password. */
function withoutLineBreak(text: string): string {
  const secret = text.replace(/(?:\r?\n)+$/, '');
  if (secret === '') throw new Error('the file is empty');
  return secret;
}
