// Fault scenarios: real processes under real faults, one after the other. Run by `make faults`.
import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

// eslint-disable-next-line no-restricted-exports -- vitest reads the default export
export default defineConfig({
  test: {
    root: resolve(import.meta.dirname, '../..'),
    include: ['test/faults/**/*.test.ts'],
    // A fault is to meet one scenario, not its neighbour; and some take all the descriptors there are.
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    reporters: ['verbose'],
  },
});
