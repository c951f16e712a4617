import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/build.ts', 'test/support/postgres-setup.ts'],
    setupFiles: ['test/support/properties.ts'],
    // Vitest leaves one processor free, which on two is half of them; these tests wait for processes more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
