import { homedir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// unit: no process, socket or root needed. integration: one real part (containerd, Nix, an API server), root.
// e2e: the whole embedded cluster. The last two set up what they need themselves (test/run.ts orders them).
// A busy machine comes late to what is polled; what never comes is still found.
const patient = { expect: { poll: { timeout: 30_000 } } };
const onRealParts = { ...patient, testTimeout: 300_000, hookTimeout: 1_800_000 };
const onCluster = {
  ...onRealParts,
  globalSetup: 'test/e2e/support/boot.ts',
  fileParallelism: false,
  // Tests that run side by side wait for the cluster, all of them.
  maxConcurrency: 50,
};
const faults = ['test/fault/fault.integration.test.ts'];
const mainStory = ['test/e2e/roll-over.test.ts', 'test/e2e/formats.test.ts'];

/** Files that leave nothing behind for others come after all others. */
class LastOnesLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLast = ({ moduleId }: TestSpecification) => moduleId.includes('/test/e2e/last/');
    return [...sorted.filter((file) => !isLast(file)), ...sorted.filter(isLast)];
  }
}

export default defineConfig({
  // How long each file took the last time: the longest begin first, also in a fresh checkout.
  cacheDir: join(homedir(), '.cache/enbi/vitest'),
  test: {
    sequence: { sequencer: LastOnesLast },
    projects: [
      {
        test: {
          ...patient,
          name: 'unit',
          // What a property test takes is bounded by the cases it tries; seconds only tell how busy the machine is. A test that hangs is still found.
          testTimeout: 600_000,
          include: ['{src,cluster,image,test,tools}/**/*.test.ts'],
          exclude: ['**/*.{integration,long}.test.ts', 'test/e2e/**', 'test/soak/soak.test.ts', 'node_modules/**'],
        },
      },
      {
        test: {
          ...onRealParts,
          name: 'integration',
          include: ['{src,image,test}/**/*.integration.test.ts'],
          exclude: faults,
          // More than there are processors: each waits for the real part for half of its time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      // Needs an API server of its own and no time in particular: beside whatever leaves the processors idle (test/run.ts).
      { test: { ...onRealParts, name: 'faults', include: faults } },
      // Takes too long for every run: `npm run long`.
      { test: { name: 'long', include: ['src/**/*.long.test.ts'], testTimeout: 1_800_000 } },
      // Clusters, and what they leave of the machine: nothing else may change it meanwhile.
      {
        test: {
          ...onRealParts,
          name: 'integration-alone',
          include: ['cluster/**/*.integration.test.ts'],
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
      // The plain row of test/e2e/matrix/rows.ts. First the files that share the cluster, then those that change it for all.
      {
        test: {
          ...onCluster,
          name: 'e2e',
          include: ['test/e2e/*.test.ts'],
          fileParallelism: true,
          maxWorkers: 4,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...onCluster,
          name: 'e2e-alone',
          include: ['test/e2e/{alone,last}/*.test.ts'],
          sequence: { groupOrder: 2 },
        },
      },
      // The same cluster; too long for every run.
      { test: { ...onCluster, name: 'heavy', include: ['test/e2e/heavy/**/*.test.ts'] } },
      // `npm run soak`.
      { test: { ...onCluster, name: 'soak', include: ['test/soak/soak.test.ts'] } },
      // The main story, on the row that ENBI_E2E_ROW names.
      { test: { ...onCluster, name: 'matrix', include: ['test/e2e/matrix/*.test.ts', ...mainStory] } },
    ],
  },
});
