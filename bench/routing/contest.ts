// Who takes part, and what all their worlds add up to.

import { binary, cooldown, failover, fixed } from './baselines.ts';
import type { MakePolicy } from './policy.ts';
import { expecting, reelwatch } from './proposed.ts';
import { simulate, type Tally } from './sim.ts';
import { makeWorld, ONSETS_PER_MAKER_MONTH } from './world.ts';

/** What detection expects by default, faults per target and month. */
const EXPECTED_PER_MONTH = 4;

interface Entry {
  readonly about: string;
  readonly make: MakePolicy;
}

export const POLICIES: Readonly<Record<string, Entry>> = {
  failover: { about: 'ordered failover list', make: failover },
  static: { about: 'static weights, no health', make: fixed },
  binary: { about: 'static weights + binary canary', make: binary(false) },
  'binary-list': { about: '… + last-resort list', make: binary(true) },
  'cooldown-5': { about: 'LiteLLM cooldown 5 s (default)', make: cooldown(5) },
  'cooldown-60': { about: 'LiteLLM cooldown 60 s', make: cooldown(60) },
  reelwatch: { about: 'reelwatch, all defaults', make: reelwatch() },
  'reelwatch-outcomes': { about: "… + outcomes of users' jobs", make: reelwatch({ hears: true }) },
  'reelwatch-told': {
    about: 'reelwatch, told how often incidents begin here',
    make: reelwatch({ health: expecting(ONSETS_PER_MAKER_MONTH / EXPECTED_PER_MONTH) }),
  },
};

/** Against whom the others are compared, world by world. */
export const PROPOSED = 'reelwatch-outcomes';

export interface Row {
  readonly policy: string;
  readonly load: number;
  readonly seeds: readonly number[];
  readonly failedPct: number;
  readonly firstTryPct: number;
  readonly unusablePct: number;
  readonly usdPerUsable: number;
  readonly waitP50Sec: number;
  readonly waitP95Sec: number;
  readonly canaryUsdShare: number;
  readonly publishesMean: number;
  readonly publishesMax: number;
  readonly broken: readonly string[];
  /** Delivered jobs in percent, world by world. */
  readonly deliveredPct: readonly number[];
}

export function compete(
  names: readonly string[],
  seeds: readonly number[],
  loads: readonly number[],
  onRun: () => void = () => undefined,
): Row[] {
  return loads.flatMap((load) => {
    const tallies = names.map((): Tally[] => []);
    for (const seed of seeds) {
      const world = makeWorld(seed, load);
      names.forEach((name, n) => {
        const entry = POLICIES[name];
        if (entry === undefined) throw new RangeError(`There is no policy ${name}.`);
        tallies[n]?.push(simulate(world, load, entry.make));
        onRun();
      });
    }
    return names.map((policy, n) => rowOf(policy, load, seeds, tallies[n] ?? []));
  });
}

function rowOf(policy: string, load: number, seeds: readonly number[], tallies: readonly Tally[]): Row {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  const jobs = sum((tally) => tally.jobs);
  const delivered = sum((tally) => tally.delivered);
  const waits = tallies.flatMap(({ waitsSec }) => waitsSec).toSorted((a, b) => a - b);
  const at = (q: number) => waits[Math.floor(q * waits.length)] ?? 0;
  const usd = sum((tally) => tally.usd);
  return {
    policy,
    load,
    seeds,
    failedPct: 100 * (1 - delivered / jobs),
    firstTryPct: (100 * sum((tally) => tally.firstTry)) / jobs,
    unusablePct: (100 * sum((tally) => tally.unusable)) / jobs,
    usdPerUsable: usd / delivered,
    waitP50Sec: at(0.5),
    waitP95Sec: at(0.95),
    canaryUsdShare: sum((tally) => tally.canaryUsd) / usd,
    publishesMean: sum((tally) => tally.publishes) / tallies.length,
    publishesMax: Math.max(...tallies.map(({ publishes }) => publishes)),
    broken: tallies.flatMap(({ broken }, n) => broken.map((what) => `seed ${seeds[n]}, ${load}/s ${what}`)),
    deliveredPct: tallies.map((tally) => (100 * tally.delivered) / tally.jobs),
  };
}

/** By how many points of delivered jobs `one` beats `other`, in the mean of the same worlds, and the 95 % interval. */
export function gainOf(one: Row, other: Row): { mean: number; error: number } {
  const gains = one.deliveredPct.map((value, n) => value - (other.deliveredPct[n] ?? value));
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const variance = gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / Math.max(1, gains.length - 1);
  return { mean, error: 1.96 * Math.sqrt(variance / gains.length) };
}
