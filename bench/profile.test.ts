// The top of a profile, from one that Node has just written.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { profileText } from './profile.ts';

test('what took the time is at the top', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'profile-'));
  try {
    const program = join(directory, 'busy.mjs');
    await writeFile(
      program,
      'function busy() { let sum = 0; for (let i = 0; i < 3e8; i++) sum ^= i; return sum; }\nbusy();',
    );
    await promisify(execFile)(process.execPath, ['--cpu-prof', '--cpu-prof-dir', directory, program]);
    const [, first] = (await profileText(directory, 3)).split('\n');
    expect(first).toMatch(/% {2}busy .*busy\.mjs:1$/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
