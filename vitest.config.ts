import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/build.ts', 'test/support/postgres-setup.ts'],
    setupFiles: ['test/support/properties.ts'],
    // Vitest leaves one processor free, which on two is half of them; these tests wait for processes more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Real servers, browsers and clouds share two processors there. What passes only the second time is named "retry x1" in
    // the output and is to be looked at (docs/develop.md).
    retry: process.env['CI'] === 'true' ? 1 : 0,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
