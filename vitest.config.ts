// Unit tests stand beside the source; end-to-end tests with real clients run by `make e2e`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{api,src,mock,bin}/**/*.test.ts', 'test/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
