import { defineConfig } from 'vitest/config';

// For `npm run mutation`: the checkers' own tests alone, with fewer histories for each property, as they run thousands of times.
process.env['LEASEBREAKER_PROPERTY_RUNS'] ??= '60';

export default defineConfig({
  test: { include: ['checkers/**/*.test.ts'], environment: 'node', testTimeout: 30_000, silent: true },
});
