import { defineConfig } from 'vitest/config';

// unit: no process, socket or root needed. integration: one real part (containerd, Nix, an API server), root.
// e2e: the whole embedded cluster. The last two set up what they need themselves (test/run.ts orders them).
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          // Property tests on a busy machine; a test that hangs is still found.
          testTimeout: 60_000,
          include: ['{src,cluster,image,test,tools}/**/*.test.ts'],
          exclude: ['**/*.integration.test.ts', 'test/e2e/**', 'node_modules/**'],
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{src,cluster,image,test}/**/*.integration.test.ts'],
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/support/boot.ts',
          fileParallelism: false,
          // Tests that run side by side wait for the cluster, all of them.
          maxConcurrency: 50,
          testTimeout: 300_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
