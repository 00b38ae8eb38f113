import { defineConfig } from 'vitest/config';

// Two projects: `fast` is what `npm run check` runs; `full` adds real processes, browsers, databases and long simulations.
const slow = [
  'test/e2e/*.test.ts',
  'test/fuzz/*.test.ts',
  'test/media/*.test.ts',
  'test/bench/parity.test.ts',
  'test/client/{package,page}.test.ts',
  'test/parity/*.test.ts',
  'test/peers/*.test.ts',
  'test/sim/{weeks,days,clocks,crashes,adapters,users,people,tales}.test.ts',
  'test/simulator/videos.test.ts',
  'test/store/*.test.ts',
  'test/config/garbage.test.ts',
];

// In CI the single tests are counted from a report; see .ci/run.
const reporters = process.env['CI'] === undefined ? ['default'] : ['default', 'json'];

export default defineConfig({
  test: {
    reporters,
    outputFile: { json: 'data/test-report.json' },
    projects: [
      // No file keeps anything between tests, so they may share their modules: most of the time goes into loading.
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: slow,
          testTimeout: 20_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'full',
          include: slow,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    maxWorkers: 2,
  },
});
