// The ways to log in, as the configuration writes them.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registryAuth } from './auth-schema.ts';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ociregistry-'));
  await writeFile(join(directory, 'secret'), 'hunter2\n');
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const schema = registryAuth();
const filled = (given: object): unknown =>
  JSON.parse(JSON.stringify(given).replaceAll('DIR', directory)) as unknown;

describe('read as', () => {
  test.each<[string, object, object | undefined]>([
    ['nothing', {}, undefined],
    ['a password', { user: 'u', password: 'p' }, { user: 'u', password: 'p' }],
    ['a variable', { user: 'u', password_from_env: 'P_W' }, { user: 'u', password: { env: 'P_W' } }],
    ['a file', { user: 'u', password_file: 'DIR/secret' }, { user: 'u', password: { file: 'DIR/secret' } }],
    ['a token', { token: 't' }, { token: 't' }],
    [
      'a token that ends',
      { token_from_env: 'T', expires: '2027-01-31T12:00:00+02:00' },
      { token: { env: 'T' }, expires: Date.UTC(2027, 0, 31, 10) },
    ],
    ['docker', { docker_config: 'DIR/secret' }, { dockerConfig: 'DIR/secret' }],
    ['ECR', { ecr: {} }, { ecr: {} }],
    [
      'ECR with everything',
      { ecr: { region: 'eu-west-1', profile: 'p', endpoint: 'https://ecr.example.test' } },
      { ecr: { region: 'eu-west-1', profile: 'p', endpoint: 'https://ecr.example.test' } },
    ],
    [
      'realms',
      { user: 'u', password: 'p', realms: ['Login.Example.test:443'] },
      { user: 'u', password: 'p', realms: ['login.example.test'] },
    ],
  ])('%s', (_, given, wanted) => {
    expect(schema.parse(filled(given))).toEqual(wanted && filled(wanted));
  });
});

describe('a mistake', () => {
  test.each<[string, object, string, string]>([
    ['no password', { user: 'u' }, 'user', 'needs a password beside it'],
    ['no user', { password: 'hunter2' }, '', 'needs user beside the password'],
    [
      'two passwords',
      { user: 'u', password: 'hunter2', password_from_env: 'P' },
      'password_from_env',
      'stands beside password; keep one',
    ],
    ['two ways', { user: 'u', password: 'hunter2', ecr: {} }, '', 'user and password and ecr'],
    ['a user with a colon', { user: 'u:x', password: 'hunter2' }, 'user', 'must not contain a colon'],
    ['expires alone', { expires: '2027-01-31T12:00:00Z' }, 'expires', 'there is none'],
    ['expires without a zone', { token: 'hunter2', expires: '2027-01-31' }, 'expires', 'with its zone'],
    ['no such file', { user: 'u', password_file: 'DIR/none' }, 'password_file', 'does not exist'],
    ['a directory', { docker_config: 'DIR' }, 'docker_config', 'no regular file'],
    ['a value as a variable', { user: 'u', password_from_env: 'hunter 2' }, 'password_from_env', 'name of a'],
    ['a realm with a scheme', { token: 'hunter2', realms: ['https://a.test'] }, 'realms.0', ''],
    ['realms alone', { realms: ['a.test'] }, 'realms', 'there are none'],
    ['an endpoint that is none', { ecr: { endpoint: 'ecr.test' } }, 'ecr.endpoint', 'must be a URL'],
    ['an unknown key', { username: 'u' }, '', ''],
  ])('%s', (_, given, path, message) => {
    const { error } = schema.safeParse(filled(given));
    expect(error?.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
    expect(error?.issues[0]?.message).toContain(message);
    expect(error?.message).not.toContain('hunter');
  });
});
