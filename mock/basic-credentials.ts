// The user and password of a Basic Authorization header.

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** @see https://www.rfc-editor.org/rfc/rfc7617#section-2 */
export function basicCredentials(authorization: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic\s+(.+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
