import { defineConfig } from 'vitest/config';

// Two projects: `unit` needs nothing but Node, `e2e` starts real clusters in Docker. A test that waits for a cluster may
// take long on a small machine; what hangs is ended by these limits rather than by its own clock.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{harness,workloads,checkers,bench}/**/*.test.ts'],
          environment: 'node',
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          environment: 'node',
          globalSetup: ['scripts/vitest-setup.mjs'],
          // Clusters share one engine and, on CI machines, two cores: side by side they would only slow each other down.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
