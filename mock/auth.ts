// Authentication: which requests a mock registry lets through, and how it challenges the others.
import { OciError } from '../src/oci/errors.ts';
import { basicCredentials } from './basic-credentials.ts';
import type { ChallengeSpelling } from './challenge-spelling.ts';
import { plainSpelling } from './challenge-spelling.ts';
import type { Reply } from './reply.ts';
import { errorReply } from './reply.ts';
import type { LoggedRequest } from './request-log.ts';
import type { TokenService } from './token-service.ts';

export interface BasicAuthOptions {
  readonly scheme: 'basic';
  readonly username: string;
  readonly password: string;
  readonly spelling?: ChallengeSpelling;
}

/** Says no with a reply, yes with nothing. */
export type Authenticate = (request: LoggedRequest) => Reply | undefined;

export function basicAuth(options: BasicAuthOptions): Authenticate {
  const { username, password, spelling = plainSpelling } = options;
  return ({ authorization }) => {
    const given = basicCredentials(authorization);
    if (given?.username === username && given.password === password) return undefined;
    return challenge(spelling({ scheme: 'Basic', parameters: { realm: 'mock registry' } }));
  };
}

/** @param realm where the token service is; asked each time, because ports are not known before the start */
export function bearerAuth(
  tokens: TokenService,
  realm: () => string,
  service: string,
  spelling: ChallengeSpelling = plainSpelling,
): Authenticate {
  return (request) => {
    const [, token] = /^bearer\s+(.+)$/i.exec(request.authorization ?? '') ?? [];
    const scope = tokens.scopeFor(request);
    const verdict = token === undefined ? 'missing' : tokens.check(token, request);
    if (verdict === 'good') return undefined;
    const named = verdict === 'insufficient_scope' ? tokens.requiredScopes(request).join(' ') : scope;
    return challenge(
      spelling({
        scheme: 'Bearer',
        parameters: {
          realm: realm(),
          service,
          ...(named !== undefined && { scope: named }),
          ...(verdict !== 'missing' && { error: verdict }),
        },
      }),
    );
  };
}

function challenge(header: string | readonly string[]): Reply {
  const reply = errorReply(new OciError('UNAUTHORIZED', 'authentication required'));
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'Docker-Distribution-Api-Version': 'registry/2.0',
      'WWW-Authenticate': header,
    },
  };
}
