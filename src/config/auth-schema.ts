// The schema of `auth`: which of the ways to log in is meant, and what is wrong where none or several are.
import { resolve } from 'node:path';
import { z } from 'zod';
import type { RegistryAuth, SecretPlace } from './registry-auth.ts';
import { secretFileProblem } from './secret-file.ts';
import * as value from './value.ts';

const shape = {
  user: value
    .filledText()
    .refine((user) => !user.includes(':'), { error: 'must not contain a colon' })
    .describe('The user name.'),
  password: value.filledText().describe('The password, or an access token that is used as one.'),
  password_from_env: variableName().describe('The environment variable that holds the password.'),
  password_file: secretFile().describe('The file that holds the password; read again when it changes.'),
  token: value.filledText().describe('A token that the registry believes as it is (Authorization: Bearer).'),
  token_from_env: variableName().describe('The environment variable that holds the token.'),
  token_file: secretFile().describe('The file that holds the token; read again when it changes.'),
  expires: expiry().describe('When the token ends, as 2027-01-31T12:00:00Z.'),
  docker_config: secretFile().describe(
    'A docker config.json or a mounted kubernetes.io/dockerconfigjson, with its credential helpers; read again when it changes.',
  ),
  ecr: z
    .strictObject({
      region: value.filledText().describe('The AWS region; as in the registry’s name, if it is not given.'),
      profile: value.filledText().describe('The profile of the AWS configuration.'),
      endpoint: webUrl().describe('Where ECR’s API is reached, as with a VPC endpoint.'),
    })
    .partial()
    .describe('Amazon ECR, through the credential chain of the AWS SDK. `{}` is enough.'),
  realms: z
    .array(value.registryHost(), { error: 'must be a list of hosts' })
    .describe('Hosts of token services that may see the credentials although they are on another domain.'),
};

const written = z.strictObject(shape).partial();
type Written = z.output<typeof written>;
type Key = keyof Written;

/** Each way to log in, by the keys that belong to it alone. */
const ways = {
  'user and password': ['user', 'password', 'password_from_env', 'password_file'],
  token: ['token', 'token_from_env', 'token_file', 'expires'],
  docker_config: ['docker_config'],
  ecr: ['ecr'],
} as const satisfies Readonly<Record<string, readonly Key[]>>;

export function registryAuth() {
  return written
    .superRefine((auth, context) => {
      for (const { key, message } of mistakes(auth)) {
        context.addIssue({ code: 'custom', message, path: key === undefined ? [] : [key] });
      }
    })
    .transform(toRegistryAuth)
    .describe('How to log in; sent to the registry itself and to its token service and nowhere else.');
}

interface AuthMistake {
  readonly key?: Key;
  readonly message: string;
}

function mistakes(auth: Written): readonly AuthMistake[] {
  const given = (keys: readonly Key[]): readonly Key[] => keys.filter((key) => auth[key] !== undefined);
  const meant = Object.entries(ways).filter(([, keys]) => given(keys).length > 0);
  if (meant.length > 1) {
    const names = meant.map(([name]) => name).join(' and ');
    return [{ message: `has several ways to log in (${names}); keep one` }];
  }
  const [way] = meant.map(([name]) => name);
  const passwords = given(ways['user and password']).filter((key) => key !== 'user');
  const tokens = given(ways.token).filter((key) => key !== 'expires');
  if (way === 'user and password') {
    if (passwords.length === 0) {
      return [{ key: 'user', message: 'needs a password beside it, or password_from_env or password_file' }];
    }
    if (auth.user === undefined) return [{ message: 'needs user beside the password' }];
    return several(passwords);
  }
  if (way === 'token') {
    if (tokens.length > 0) return several(tokens);
    return [{ key: 'expires', message: 'is for a token, and there is none' }];
  }
  if (way === undefined && auth.realms !== undefined) {
    return [{ key: 'realms', message: 'is for credentials, and there are none' }];
  }
  return [];
}

function several(keys: readonly Key[]): readonly AuthMistake[] {
  return keys.slice(1).map((key) => ({ key, message: `stands beside ${keys[0] ?? ''}; keep one` }));
}

/** An empty mapping is no login, as in the seed's files. */
function toRegistryAuth(auth: Written): RegistryAuth | undefined {
  const realms = auth.realms !== undefined && { realms: auth.realms };
  const { user, expires, docker_config: dockerConfig, ecr } = auth;
  const password = place(auth.password, auth.password_from_env, auth.password_file);
  if (user !== undefined && password !== undefined) return { user, password, ...realms };
  const token = place(auth.token, auth.token_from_env, auth.token_file);
  if (token !== undefined) return { token, ...(expires !== undefined && { expires }), ...realms };
  if (dockerConfig !== undefined) return { dockerConfig, ...realms };
  if (ecr === undefined) return undefined;
  const { region, profile, endpoint } = ecr;
  return {
    ecr: {
      ...(region !== undefined && { region }),
      ...(profile !== undefined && { profile }),
      ...(endpoint !== undefined && { endpoint }),
    },
    ...realms,
  };
}

function place(
  inline: string | undefined,
  env: string | undefined,
  file: string | undefined,
): SecretPlace | undefined {
  if (inline !== undefined) return inline;
  if (env !== undefined) return { env };
  return file === undefined ? undefined : { file };
}

function variableName() {
  return value.text().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of a variable' });
}

/** Looked at once, so that a wrong path is known now and not at the first pull. */
function secretFile() {
  return value
    .filledText()
    .superRefine((path, context) => {
      const problem = secretFileProblem(path);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .transform((path) => resolve(path));
}

function expiry() {
  const error = 'must be a time with its zone, such as 2027-01-31T12:00:00Z';
  return value
    .text()
    .refine(
      (text) => /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
      { error },
    )
    .transform((text) => Date.parse(text));
}

function webUrl() {
  return value.text().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    error: 'must be a URL that begins with https:// or http://',
  });
}
