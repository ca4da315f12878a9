import { describe, expect, test } from 'vitest';
import { FillProgress } from './fill-progress.ts';

const never = 2 ** 30;

describe('a reader', () => {
  test('begins when the length is known and something may be seen', async () => {
    const progress = new FillProgress(10, never);
    const begun = progress.begun();
    progress.announce(100, 0);
    progress.advance(5);
    progress.advance(95);
    expect(await begun).toBe(100);
    expect(await progress.after(0, 0)).toBe(90);
    expect(await progress.after(89, 0)).toBe(1);
  });

  test('does not see the last bytes before the digest is verified', async () => {
    const progress = new FillProgress(10, never);
    progress.announce(100, 100);
    let tail = 0;
    const waiting = progress.after(90, 0).then((bytes) => (tail = bytes));
    await Promise.resolve();
    expect(tail).toBe(0);
    progress.verified(100);
    await waiting;
    expect(tail).toBe(10);
    expect(await progress.after(100, 0)).toBe(0);
  });

  test('of less than the withheld bytes sees nothing before', async () => {
    const progress = new FillProgress(10, never);
    const begun = progress.begun();
    progress.announce(7, 7);
    progress.fail(new Error('wrong bytes'));
    await expect(begun).rejects.toThrow('wrong bytes');
  });

  test('whose length nobody knows waits for the end', async () => {
    const progress = new FillProgress(10, never);
    const begun = progress.begun();
    progress.announce(undefined, 0);
    progress.advance(50);
    progress.verified(50);
    expect(await begun).toBe(50);
  });

  test('that waits for a fill that fails fails with it; one that has verified bytes does not', async () => {
    const progress = new FillProgress(10, never);
    progress.announce(100, 50);
    const waiting = progress.after(50, 0);
    progress.fail(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    const good = new FillProgress(10, never);
    good.announce(100, 100);
    good.verified(100);
    good.fail(new Error('the disk is full'));
    expect(await good.after(50, 0)).toBe(50);
  });

  test('is turned away after a time without a byte, while the fill goes on', async () => {
    const progress = new FillProgress(10, 1);
    progress.announce(100, 50);
    await expect(progress.after(50, 0)).rejects.toMatchObject({ status: 504 });
    progress.advance(80);
    expect(await progress.after(50, 0)).toBe(30);
  });

  test('that may have seen what was wrong is turned away; one that comes later is not', async () => {
    const progress = new FillProgress(10, never);
    progress.announce(100, 95);
    const waiting = progress.after(90, progress.round);
    progress.startOver();
    await expect(waiting).rejects.toMatchObject({ status: 503 });
    progress.advance(95);
    await expect(progress.after(50, 0)).rejects.toMatchObject({ status: 503 });
    expect(await progress.after(50, progress.round)).toBe(40);
  });

  test('a length that was announced wrongly is no success', () => {
    const progress = new FillProgress(10, never);
    progress.announce(100, 0);
    expect(() => progress.verified(99)).toThrow('99 bytes');
  });
});
