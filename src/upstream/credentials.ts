// What we log in with, and where it comes from.

export interface PasswordCredentials {
  readonly kind: 'password';
  readonly user: string;
  readonly password: string;
}

/** A refresh token: the token service gives access tokens for it. */
export interface IdentityToken {
  readonly kind: 'identity';
  readonly token: string;
  /** What to show to a token service that does not take identity tokens. */
  readonly otherwise?: PasswordCredentials;
}

/** A token that the registry itself believes. */
export interface AccessToken {
  readonly kind: 'token';
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expires?: number;
}

export type Credentials = PasswordCredentials | IdentityToken | AccessToken;

/** Where one registry's credentials come from; asked each time they are needed, because they change. */
export interface CredentialSource {
  /**
   * @returns undefined when there are none, which is not an error
   * @throws {CredentialError}
   */
  get(): Promise<Credentials | undefined>;
  /** When what it gives ends, if that is known: milliseconds since the epoch. */
  readonly expires?: number | undefined;
  /** What it gave was refused: whatever it remembers is to be looked up again. */
  refused(): void;
}

/** Credentials that are configured and cannot be had. The message holds no secret. */
export class CredentialError extends Error {
  override readonly name = 'CredentialError';
  /** Whether it may go away by itself: somebody did not answer in time. */
  readonly temporary: boolean;

  constructor(message: string, options: { readonly temporary?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.temporary = options.temporary ?? false;
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc7617#section-2 */
export function basic({ user, password }: PasswordCredentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

export function sameCredentials(a: Credentials, b: Credentials | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
