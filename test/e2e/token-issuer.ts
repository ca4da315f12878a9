// A token service for docker-registry: whoever knows the password gets signed tokens that open what they ask to pull.
import { createHash, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { IssuedCertificate } from '../../mock/certificates.ts';

export interface TokenIssuerOptions {
  /** Its certificate as a server. Its key signs the tokens as well: the registry is to trust this certificate. */
  readonly certificate: IssuedCertificate;
  readonly user: string;
  readonly password: string;
}

const service = 'secured-registry';
const issuer = 'token-issuer';
const LIFETIME_S = 300;

export class TokenIssuer implements AsyncDisposable {
  readonly #server: Server;
  readonly #options: TokenIssuerOptions;
  #issued = 0;

  private constructor(options: TokenIssuerOptions) {
    this.#options = options;
    this.#server = createServer(options.certificate, (request, response) => this.#answer(request, response));
  }

  static async start(options: TokenIssuerOptions): Promise<TokenIssuer> {
    const tokens = new TokenIssuer(options);
    tokens.#server.listen(0, '127.0.0.1');
    await once(tokens.#server, 'listening');
    return tokens;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many tokens it gave. */
  get issued(): number {
    return this.#issued;
  }

  /**
   * `auth` of docker-registry's configuration.
   * @param rootcertbundle the path of its certificate
   * @see https://distribution.github.io/distribution/about/configuration/#token
   */
  auth(rootcertbundle: string): Readonly<Record<string, unknown>> {
    return { token: { realm: `https://${this.host}/token`, service, issuer, rootcertbundle } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): void {
    const { user, password } = this.#options;
    const { searchParams } = new URL(url, `https://${this.host}`);
    const basic = Buffer.from(`${user}:${password}`).toString('base64');
    if (headers.authorization !== `Basic ${basic}` || searchParams.get('service') !== service) {
      response.writeHead(401).end();
      return;
    }
    this.#issued += 1;
    const token = this.#token(user, searchParams.getAll('scope'));
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ token, expires_in: LIFETIME_S }));
  }

  /** @see https://distribution.github.io/distribution/spec/auth/jwt/ */
  #token(subject: string, scopes: readonly string[]): string {
    const now = Math.floor(Date.now() / 1000);
    const access = scopes.map((scope) => {
      const [type = '', name = ''] = scope.split(':');
      return { type, name, actions: ['pull'] };
    });
    const claims = {
      ...{ iss: issuer, sub: subject, aud: service, access },
      ...{ iat: now, nbf: now - 10, exp: now + LIFETIME_S, jti: `${this.#issued}` },
    };
    const { cert, key } = this.#options.certificate;
    const header = { typ: 'JWT', alg: 'ES256', kid: keyId(cert) };
    const signed = [header, claims].map((part) => base64url(JSON.stringify(part))).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${base64url(signature)}`;
  }
}

/** As docker-registry names the keys that it trusts: 240 bits of the public key's SHA-256, in Base32, by fours. */
function keyId(cert: string): string {
  const spki = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  const hash = createHash('sha256').update(spki).digest().subarray(0, 30);
  const bits = [...hash].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const base32 = bits.replace(/.{5}/g, (five) => letters.charAt(Number.parseInt(five, 2)));
  return (base32.match(/.{4}/g) ?? []).join(':');
}

function base64url(bytes: string | Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
