// What we log in with.

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** @see https://www.rfc-editor.org/rfc/rfc7617#section-2 */
export function basic({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
