// End-to-end tests: real processes, one journey after the other. Run by `make e2e`.
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// eslint-disable-next-line no-restricted-exports -- vitest reads the default export
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['test/e2e/**/*.test.ts'],
    globalSetup: ['test/e2e/global-setup.ts'],
    // Journeys share a few cores with the programs that they start.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    pool: 'forks',
    reporters: ['verbose'],
  },
});
