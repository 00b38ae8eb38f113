/** Lies to every adapter: `npm run fuzz -- --runs 5000 --seed 7 --provider fal`. Exits with 1 where a promise broke. */

import { parseArgs } from 'node:util';
import { campaign } from '../test/fuzz/campaign.ts';
import { SUBJECTS } from '../test/fuzz/subjects.ts';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    provider: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const [runs, seed, from] = [values.runs, values.seed, values.from].map(Number) as [number, number, number];
const subjects = SUBJECTS.filter(({ name, definition }) =>
  [name, definition.name, undefined].includes(values.provider),
);
if (
  ![runs, seed, from].every((number) => Number.isSafeInteger(number) && number >= 0) ||
  subjects.length === 0
) {
  console.error(
    `Expected --runs N, --seed N, --from N and --provider one of ${SUBJECTS.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

const counted = (counts: Record<string, number>) =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');

let broken = 0;
for (const subject of subjects) {
  const report = await campaign(subject, { runs, seed, from });
  broken += report.broken.length;
  console.log(
    [
      `${subject.name}: ${report.lies} lies in ${report.runs} runs, ${report.broken.length} broken promises,`,
      `heap +${(report.grownBytes / 2 ** 20).toFixed(1)} MiB, ${(report.tookMs / 1000).toFixed(1)} s`,
    ].join(' '),
  );
  console.log(`  ${counted(report.outcomes)}`);
  if (values.verbose) console.log(`  ${counted(report.steps)}\n  ${counted(report.mutations)}`);
  for (const line of report.broken) console.log(`  BROKEN: ${line}`);
}
process.exitCode = broken > 0 ? 1 : 0;
