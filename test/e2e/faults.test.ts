/** The scenarios of `npm run faults` in their short form, one after the other. */

import { afterAll, expect, it } from 'vitest';
import { runScenario, SCENARIOS } from '../faults/index.ts';
import { killAll } from './process.ts';

afterAll(killAll);

it.each(SCENARIOS.map((scenario) => [scenario.name, scenario.title, scenario] as const))(
  '%s: %s',
  async (_name, _title, scenario) => {
    const { kept, broken } = await runScenario(scenario, false);

    expect(broken).toEqual([]);
    expect(kept).toBeGreaterThan(0);
  },
  400_000,
);
