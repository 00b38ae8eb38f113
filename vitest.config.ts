import { defineConfig } from 'vitest/config';

// Two projects: `fast` is what `npm run check` runs; `full` adds real processes, browsers, databases and long simulations.
const slow = [
  'test/e2e/**',
  'test/sim/weeks.test.ts',
  'test/store/postgres.test.ts',
  'test/parity/**',
  'test/media/**',
];

// In CI the single tests are counted from a report; see .ci/run.
const reporters = process.env['CI'] === undefined ? ['default'] : ['default', 'json'];

export default defineConfig({
  test: {
    reporters,
    outputFile: { json: 'data/test-report.json' },
    projects: [
      { test: { name: 'fast', include: ['test/**/*.test.ts'], exclude: slow, testTimeout: 10_000 } },
      {
        test: {
          name: 'full',
          include: slow.map((path) => (path.endsWith('**') ? `${path}/*.test.ts` : path)),
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
    maxWorkers: 2,
  },
});
