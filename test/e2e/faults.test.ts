/** The scenarios of `npm run faults` in their short form; two at a time, because most of their time is waiting. */

import { afterAll, expect, it } from 'vitest';
import { runScenario, SCENARIOS } from '../faults/index.ts';
import { killAll } from './process.ts';

afterAll(killAll);

const HALVES = [0, 1].map((half) => SCENARIOS.filter((_, n) => n % 2 === half));

it.concurrent.each(HALVES.map((scenarios, n) => [n === 0 ? 'first' : 'second', scenarios] as const))(
  'a daemon keeps its promises under the %s half of the faults',
  async (_half, scenarios) => {
    const broken: string[] = [];
    for (const scenario of scenarios) {
      const outcome = await runScenario(scenario, false);
      broken.push(
        ...outcome.broken.map(
          ({ promise, found }) => `${scenario.name}: not true: ${promise}; found ${found}`,
        ),
      );
      if (outcome.kept === 0 && outcome.broken.length === 0)
        broken.push(`${scenario.name}: nothing was checked`);
    }

    expect(broken).toEqual([]);
  },
  600_000,
);
