import { compareSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { parseHtpasswd } from './htpasswd.ts';

// `htpasswd -nbB -C 4 ann secret`.
const of4 = '$2y$04$ibzIWUEm0loSz9eCdz87uOviEAw3Tdt/P1t81PmnIBeq2xeXP9q/K';
const tail = of4.slice(7);

test('users, whatever stands around them', () => {
  const { users } = parseHtpasswd(`# people\r\nann:${of4}\r\n\nbob@example.com: $2b$06$${tail} \n`);
  expect([...users]).toEqual([
    ['ann', of4],
    ['bob@example.com', `$2b$06$${tail}`],
  ]);
  expect(compareSync('secret', users.get('ann') ?? '')).toBe(true);
});

test('nobody costs as much as the costliest, and has no password', () => {
  const { nobody } = parseHtpasswd(`ann:${of4}\nbob:$2a$06$${tail}\n`);
  expect(nobody).toMatch(/^\$2b\$06\$.{53}$/);
  for (const password of ['', 'secret', 'nobody']) expect(compareSync(password, nobody)).toBe(false);
});

describe('what cannot be used is named by its line, and not shown', () => {
  test.each([
    ['MD5 of Apache', `ann:${of4}\nbob:$apr1$canary$1234567890123456789012`, /^line 2: .*not one of bcrypt/],
    ['SHA-1', 'bob:{SHA}canary', /^line 1: .*not one of bcrypt/],
    ['crypt', '\nbob:canaryABCDEFG', /^line 2: .*not one of bcrypt/],
    ['a password itself', 'bob:canary', /^line 1: .*not one of bcrypt/],
    ['no colon', 'canary', /^line 1: must be a user, a colon/],
    ['no user', `:${of4}`, /^line 1: must be a user/],
    ['a bcrypt that is cut off', `bob:${of4.slice(0, -1)}`, /^line 1: .*not one of bcrypt/],
    ['a cost that would stop the server', `bob:$2y$31$${tail}`, /^line 1: the cost of bcrypt must be/],
    ['a user twice', `bob:${of4}\nbob:${of4}`, /^line 2: this user has a line already/],
    ['nobody at all', '\n# canary\n', /^the file has no user in it/],
  ])('%s', (_, text, message) => {
    expect(() => parseHtpasswd(text)).toThrow(message);
    expect(() => parseHtpasswd(text)).not.toThrow('canary');
  });
});
