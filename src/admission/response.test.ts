import { describe, expect, test } from 'vitest';
import { verdict } from './response.ts';

const long = Array.from({ length: 100 }, (_, index) => `${index} `.padEnd(index * 10, 'x'));

test('nothing against it', () => {
  for (const mode of ['enforce', 'warn'] as const) {
    expect(verdict('u', [], mode).response).toEqual({ uid: 'u', allowed: true });
  }
});

describe('enforce', () => {
  test('the message has every objection', () => {
    expect(verdict('u', ['a', 'b'], 'enforce').response).toEqual({
      uid: 'u',
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'a; b' },
    });
  });

  test('and says how many there are besides', () => {
    const { message = '' } = verdict('u', long, 'enforce').response.status ?? {};
    expect(message.length).toBeLessThanOrEqual(4096);
    expect(message).toMatch(/; and \d+ more$/);
  });
});

describe('warn', () => {
  test('lets it in', () => {
    expect(verdict('u', ['a', 'b'], 'warn').response).toEqual({
      uid: 'u',
      allowed: true,
      warnings: ['a', 'b'],
    });
  });

  test('within what the API server takes', () => {
    const { warnings = [] } = verdict('u', long, 'warn').response;
    expect(warnings.every((text) => text.length <= 256)).toBe(true);
    expect(warnings.join('').length).toBeLessThanOrEqual(4096);
    expect(warnings.at(-1)).toBe(`and ${long.length - warnings.length + 1} more`);
    expect(warnings.filter((text) => text.endsWith('...'))).not.toEqual([]);
  });
});
