// The token that opens the admin API over TCP: from a file, read again when somebody rotates it.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { SecretFiles } from '../config/secret-file.ts';
import type { Log } from '../log/log.ts';

/** 128 bits in hexadecimal. */
const MIN_CHARACTERS = 32;

export interface AdminToken {
  /** Whether an `Authorization` header has the token of now. */
  opens(authorization: string | undefined): Promise<boolean>;
}

/** @throws {Error} when the file cannot be read, or holds nothing that nobody could guess */
export async function openAdminToken(path: string, files: SecretFiles, log: Log): Promise<AdminToken> {
  let version = await files.version(path);
  let expected: Buffer | undefined = await readToken(path, files);
  return {
    async opens(authorization) {
      const given = /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
      if (given === undefined) return false;
      try {
        const current = await files.version(path);
        if (current !== version) {
          version = current;
          // Whoever takes the file away, or empties it, closes the door.
          expected = undefined;
          expected = await readToken(path, files);
          log.info('the admin token has been read again', { path });
        }
      } catch (error) {
        log.error('the admin token cannot be read; nobody is let in over TCP', { path, error });
        return false;
      }
      return expected !== undefined && timingSafeEqual(digest(given), expected);
    },
  };
}

/** Its digest: of one length whatever it is, and no secret lies about in memory. */
async function readToken(path: string, files: SecretFiles): Promise<Buffer> {
  const token = (await files.read(path)).trim();
  if (!new RegExp(`^\\S{${MIN_CHARACTERS},}$`).test(token)) {
    throw new Error(
      `it must hold one word of at least ${MIN_CHARACTERS} characters; \`openssl rand -hex 32\` makes one`,
    );
  }
  return digest(token);
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
