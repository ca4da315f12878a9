// Unit tests stand beside the source; end-to-end tests with real clients run by `make e2e`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{api,src,mock,bin,bench}/**/*.test.ts', 'test/{,attacks/}*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A condition is waited for as long as it takes; the default second is not enough for a busy machine.
    expect: { poll: { timeout: 20_000 } },
    pool: 'forks',
  },
});
