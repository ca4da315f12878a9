import { hashSync } from 'bcryptjs';
import { expect, test } from 'vitest';
import { PasswordThread } from './password-thread.ts';

const hashed = hashSync('right', 4);

test('compares, many that ask at once too', async () => {
  using thread = new PasswordThread();
  const passwords = ['right', 'wrong', 'right', ''];
  expect(await Promise.all(passwords.map((password) => thread.compare(password, hashed)))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test('a thread that ends fails who waits, and the next one has another', async () => {
  using thread = new PasswordThread();
  expect(await thread.compare('right', hashed)).toBe(true);
  const waiting = thread.compare('right', hashSync('right', 10));
  // It is asked a moment later.
  await Promise.resolve();
  thread[Symbol.dispose]();
  await expect(waiting).rejects.toThrow('the password thread ended with code 1');
  expect(await thread.compare('right', hashed)).toBe(true);
});
