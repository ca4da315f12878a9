// Tokens in memory: bounded, and a request that failed is not remembered.
import { expect, test } from 'vitest';
import type { Token } from './token.ts';
import { Tokens } from './tokens.ts';

const challenge = { scheme: 'bearer', params: { realm: 'https://a.test/' } };
const token = (value: string, expires = 2): Token => ({
  value,
  received: 0,
  stale: 1,
  expires,
  authenticated: false,
});

test('clients that invent repositories do not fill the memory', async () => {
  const tokens = new Tokens();
  const count = 12_000;
  for (let i = 0; i < count; i += 1) {
    const scope = `repository:r${i}:pull`;
    await tokens.put(scope, challenge, [scope], Promise.resolve(token('x'))).token;
  }
  const kept = (i: number): boolean => tokens.get(`repository:r${i}:pull`) !== undefined;
  expect([kept(0), kept(count - 10_001), kept(count - 10_000), kept(count - 1)]).toEqual([
    false,
    false,
    true,
    true,
  ]);
  const large = 4000;
  for (let i = 0; i < large; i += 1) {
    await tokens.put(`large${i}`, challenge, [], Promise.resolve(token('x'.repeat(16_384)))).token;
  }
  const remembered = Array.from({ length: large }, (_, i) => tokens.get(`large${i}`)).filter(Boolean).length;
  expect(remembered * 16_384).toBeLessThan(33 * 1024 * 1024);
});

test('a request that fails is forgotten, unless another has taken its place', async () => {
  const tokens = new Tokens();
  const failing = Promise.withResolvers<Token>();
  tokens.put('a', challenge, ['a'], failing.promise);
  const second = tokens.put('a', challenge, ['a'], Promise.resolve(token('second')));
  failing.reject(new Error('late'));
  await second.token;
  expect(tokens.get('a')).toBe(second);
  const third = tokens.put('a', challenge, ['a'], Promise.reject(new Error('no')));
  await expect(third.token).rejects.toThrow('no');
  expect(tokens.get('a')).toBeUndefined();
});

test('when the tokens end that are still good is known', async () => {
  const tokens = new Tokens();
  const ends = [30, 10, 20];
  for (const end of ends) {
    await tokens.put(`r${end}`, challenge, [], Promise.resolve(token('x', end))).token;
  }
  void tokens.put('asked', challenge, [], Promise.withResolvers<Token>().promise);
  expect([...tokens.expiries(0)].toSorted()).toEqual([10, 20, 30]);
  expect([...tokens.expiries(10)].toSorted()).toEqual([20, 30]);
  expect([...tokens.expiries(30)]).toEqual([]);
});
