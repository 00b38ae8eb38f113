import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BELIEFS } from './policy.ts';
import type { Result } from './report.ts';
import { readScenario, type Scenario } from './scenario.ts';

const FOLDER = join(import.meta.dirname, 'scenarios');
const BASELINE = 'baseline';
const WRONG_FACTORS = [0.3, 3];
/** A scenario in which we lose more than this against the best peer, compared with the baseline, is a weakness. */
export const WORSE_MAX = 1.5;

export const PEERS: readonly string[] = ['flip-30m', 'gatus-5m', 'kuma-5m', 'burst-15m', 'cusum'];

export function shippedScenario(name: string): Scenario {
  return readScenario(join(FOLDER, `${name}.json`));
}

export function shippedNames(): string[] {
  const names = readdirSync(FOLDER).map((file) => file.replace('.json', ''));
  return [BASELINE, ...names.filter((name) => name !== BASELINE).toSorted()];
}

/** The baseline world, watched with one belief wrong at a time. */
export function wrongBeliefs(): Scenario[] {
  const baseline = shippedScenario(BASELINE);
  return BELIEFS.flatMap((belief) =>
    WRONG_FACTORS.map((factor) => ({
      ...baseline,
      name: `belief-${belief}-x${factor}`,
      about: `The baseline world, watched with the belief "${belief}" wrong by x${factor}.`,
      beliefs: { [belief]: factor },
    })),
  );
}

export interface Standing {
  readonly scenario: string;
  /** Mean unnoticed time of ours over that of the best peer. */
  readonly ratio: number;
  /** That ratio over the baseline's. */
  readonly worse: number;
}

/**
 * How we stand against the best peer of each scenario, relative to how we stand in the baseline. By the mean time that a
 * fault goes unnoticed, which is finite for every policy, where a median is not.
 */
export function standings(results: readonly Result[], ours: string): Standing[] {
  const ratios = results.flatMap(({ scenario, rows }) => {
    const mine = rows.find((row) => row.entry === ours)?.summary.service.undetectedMeanMin;
    const peers = rows.filter((row) => PEERS.includes(row.entry));
    const best = Math.min(...peers.map((row) => row.summary.service.undetectedMeanMin));
    return mine === undefined || peers.length === 0 ? [] : [{ scenario: scenario.name, ratio: mine / best }];
  });
  const baseline = ratios.find((one) => one.scenario === BASELINE)?.ratio ?? NaN;
  return ratios.map((one) => ({ ...one, worse: one.ratio / baseline }));
}
