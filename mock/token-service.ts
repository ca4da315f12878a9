// The token service of a mock registry: hands out bearer tokens, and knows which of them are still good.
import { OciError } from '../src/oci/errors.ts';
import { basicCredentials } from './basic-credentials.ts';
import type { ChallengeSpelling } from './challenge-spelling.ts';
import type { ListenerOptions } from './listener.ts';
import type { Random } from './random.ts';
import type { Reply } from './reply.ts';
import { errorReply, jsonAnswer } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';

export interface BearerAuthOptions {
  readonly scheme: 'bearer';
  /** password by user; without any, everybody gets a token */
  readonly users?: Readonly<Record<string, string>>;
  /** whether nobody in particular gets a token too; default: when there are no users */
  readonly anonymous?: boolean;
  /** who may pull what; default: everybody who gets a token may pull everything */
  readonly mayPull?: (user: string | undefined, repository: string) => boolean;
  /** the field the token is in; default `token` */
  readonly field?: 'token' | 'access_token' | 'both';
  /** seconds, as told to the client; default 300 */
  readonly expiresIn?: number | 'missing';
  /** seconds that a token is really good for; default `expiresIn`, or the specification's 60 */
  readonly lifetime?: number;
  /** requests that a token is good for; default any number */
  readonly uses?: number;
  /** whether `issued_at` is told; default true */
  readonly issuedAt?: boolean;
  /** identity tokens that are accepted, and whose they are */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** a scope that is needed besides the repository's own, and that the first challenge does not name */
  readonly extraScope?: string;
  readonly service?: string;
  /** another realm than the truth */
  readonly realm?: string;
  readonly spelling?: ChallengeSpelling;
  /** a port, and a host, of its own; default: `/token` beside the registry */
  readonly listener?: ListenerOptions;
}

export type Verdict = 'good' | 'invalid_token' | 'insufficient_scope';

interface Grant {
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: number;
  usesLeft: number;
}

export class TokenService {
  readonly #options: BearerAuthOptions;
  readonly #random: Random;
  readonly #clock: () => number;
  readonly #grants = new Map<string, Grant>();
  readonly #refreshTokens: Map<string, string>;

  constructor(options: BearerAuthOptions, random: Random, clock: () => number) {
    this.#options = options;
    this.#random = random;
    this.#clock = clock;
    this.#refreshTokens = new Map(Object.entries(options.refreshTokens ?? {}));
  }

  /** Every token that was handed out, to search logs for. */
  get issued(): readonly string[] {
    return [...this.#grants.keys()];
  }

  /** Makes every token that was handed out worthless, as if its time were up. */
  revokeAll(): void {
    for (const grant of this.#grants.values()) grant.usesLeft = 0;
  }

  /** The scope that a challenge names. */
  scopeFor({ repository, operation }: LoggedRequest): string | undefined {
    if (repository !== undefined) return `repository:${repository}:pull`;
    return operation === 'catalogList' ? 'registry:catalog:*' : undefined;
  }

  requiredScopes(request: LoggedRequest): readonly string[] {
    const { extraScope } = this.#options;
    const scope = this.scopeFor(request);
    if (scope === undefined) return [];
    return extraScope === undefined ? [scope] : [scope, extraScope];
  }

  /** Judges a token, and uses it up by one when it is good. */
  check(token: string, request: LoggedRequest): Verdict {
    const grant = this.#grants.get(token);
    if (grant === undefined || grant.usesLeft <= 0 || grant.expiresAt <= this.#clock())
      return 'invalid_token';
    if (!this.requiredScopes(request).every((scope) => grant.scopes.has(scope))) return 'insufficient_scope';
    grant.usesLeft--;
    return 'good';
  }

  /**
   * Answers GET with Basic or nothing, and POST with `grant_type` password or refresh_token.
   * @see https://distribution.github.io/distribution/spec/auth/token/
   * @see https://distribution.github.io/distribution/spec/auth/oauth/
   */
  answer({ method, url, origin, authorization, form }: LoggedRequest): Reply {
    const parameters = method === 'POST' ? new URLSearchParams(form) : new URL(url, origin).searchParams;
    const user = method === 'POST' ? this.#userOfForm(parameters) : this.#userOfBasic(authorization);
    if (user === 'refused') {
      return errorReply(new OciError('UNAUTHORIZED', 'the user or the password is wrong'));
    }
    const scopes = parameters.getAll('scope').flatMap((scope) => scope.split(' '));
    const offline = parameters.get('offline_token') === 'true' || parameters.get('access_type') === 'offline';
    return this.#issue(user.name, scopes, offline);
  }

  #issue(user: string | undefined, scopes: readonly string[], offline: boolean): Reply {
    const { field = 'token', expiresIn = 300, uses = Infinity, issuedAt = true } = this.#options;
    const lifetime = this.#options.lifetime ?? (expiresIn === 'missing' ? 60 : expiresIn);
    const now = this.#clock();
    const token = `mock-token-${this.#random.hex(24)}`;
    this.#grants.set(token, {
      scopes: new Set(scopes.flatMap((scope) => this.#granted(user, scope))),
      expiresAt: now + lifetime * 1000,
      usesLeft: uses,
    });
    return jsonAnswer(200, {
      ...(field !== 'access_token' && { token }),
      ...(field !== 'token' && { access_token: token }),
      ...(expiresIn !== 'missing' && { expires_in: expiresIn }),
      ...(issuedAt && { issued_at: new Date(now).toISOString() }),
      ...(offline && user !== undefined && { refresh_token: this.#refreshToken(user) }),
    });
  }

  /** What is asked for and not allowed is left out, and it is for the registry to say so. */
  #granted(user: string | undefined, scope: string): readonly string[] {
    const [, repository, actions] = /^repository:(.+):([^:]+)$/.exec(scope) ?? [];
    if (repository === undefined || actions === undefined) return [scope];
    const mayPull = this.#options.mayPull?.(user, repository) ?? true;
    return mayPull && actions.split(',').includes('pull') ? [`repository:${repository}:pull`] : [];
  }

  #userOfBasic(authorization: string | undefined): { readonly name: string | undefined } | 'refused' {
    const given = basicCredentials(authorization);
    if (given !== undefined) return this.#userOf(given.username, given.password);
    const { users, anonymous = users === undefined } = this.#options;
    return anonymous ? { name: undefined } : 'refused';
  }

  #userOfForm(form: URLSearchParams): { readonly name: string | undefined } | 'refused' {
    switch (form.get('grant_type')) {
      case 'password':
        return this.#userOf(form.get('username') ?? '', form.get('password') ?? '');
      case 'refresh_token': {
        const name = this.#refreshTokens.get(form.get('refresh_token') ?? '');
        return name === undefined ? 'refused' : { name };
      }
      default:
        return 'refused';
    }
  }

  #userOf(name: string, password: string): { readonly name: string } | 'refused' {
    return this.#options.users?.[name] === password ? { name } : 'refused';
  }

  #refreshToken(user: string): string {
    const token = `mock-refresh-${this.#random.hex(24)}`;
    this.#refreshTokens.set(token, user);
    return token;
  }
}
