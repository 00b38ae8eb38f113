import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTask, parseEntry } from '../../bench/detection/contest.ts';
import { shippedScenario } from '../../bench/detection/robustness.ts';
import { summarize } from '../../bench/detection/summary.ts';
import { makeWorld } from '../../bench/detection/world.ts';

// Worlds and figures of the model this benchmark was first computed with, an independent implementation.
interface Recorded {
  scenario: string;
  seed: number;
  days: number;
  counts: Record<string, number | number[]>;
  figures: Record<string, Record<string, number | null>>;
  /** Provider, class, start, end, err, slow, cheap, status post. */
  faults: [number, string, number, number, number, number, number, number | null][];
}

const file = join(import.meta.dirname, '../fixtures/detection/worlds.json');
const recorded = JSON.parse(readFileSync(file, 'utf8')) as Recorded[];
const scenarioOf = ({ scenario, days }: Recorded) => ({ ...shippedScenario(scenario), days });

function figuresOf(one: Recorded, name: string): Record<string, number | null> {
  const run = runTask({ scenario: scenarioOf(one), seed: one.seed, entry: parseEntry(name) });
  const { measured } = run;
  const { service, byVisibility } = summarize([run]);
  return {
    spentUsd: measured.spentUsd,
    canaries: measured.canaries,
    checks: measured.checks,
    falseAlarms: measured.falseAlarms,
    nuisances: measured.nuisances,
    flaps: measured.records.reduce((sum, record) => sum + record.flaps, 0),
    misattributions: measured.records.filter((record) => record.isMisattributed).length,
    usersTotal: measured.users.total,
    usersFailed: measured.users.failed,
    diverted: measured.users.diverted,
    divertedHealthy: measured.users.divertedHealthy,
    faults: service.faults,
    ttdMedianMin: service.ttdMedianMin,
    ttdP95Min: service.ttdP95Min,
    missedShare: service.missedShare,
    recoveryMedianMin: service.recoveryMedianMin,
    recoveryP95Min: service.recoveryP95Min,
    freeCheckMin: byVisibility.freeCheck.ttdMedianMin,
    darkMin: byVisibility.darkOutage.ttdMedianMin,
  };
}

/** Equal but for the rounding of what was recorded, nine digits. */
function isSame(one: number | null | undefined, other: number | null | undefined): boolean {
  if (typeof one !== 'number' || typeof other !== 'number') return one === null && other === null;
  return Math.abs(one - other) <= 1e-8 * Math.max(1, Math.abs(other));
}

describe.each(recorded)('the world $scenario with seed $seed', (one) => {
  const world = makeWorld(scenarioOf(one), one.seed);

  it('has the recorded faults, to the millisecond', () => {
    const round = (value: number, digits: number) => Number(value.toFixed(digits));
    const faults = world.faults.flatMap((list, provider) =>
      list.map((fault) => [
        provider,
        fault.cls,
        round(fault.start, 3),
        round(fault.end, 3),
        round(fault.err, 6),
        round(fault.slow, 6),
        round(fault.cheap, 6),
        fault.status && round(fault.status.post, 3),
      ]),
    );

    expect(faults.length).toBeGreaterThan(5);
    expect(faults).toEqual(one.faults);
  });

  it('has the recorded noise and as many users', () => {
    const lengths = (lists: readonly { readonly length: number }[]) => lists.map((list) => list.length);

    expect({
      arrivals: lengths(world.arrivals),
      blips: lengths(world.blips),
      checkTrouble: lengths(world.checkTrouble),
      badReporters: lengths(world.badReporters),
      statusNoise: lengths(world.statusNoise),
      netBreaks: world.netBreaks.length,
    }).toEqual(one.counts);
  });

  it.each(Object.keys(one.figures))('gives %s the recorded figures', (name) => {
    const recordedFigures = one.figures[name] ?? {};
    const figures = figuresOf(one, name);
    const odd = Object.keys(figures).filter((key) => !isSame(figures[key], recordedFigures[key]));

    expect(odd.map((key) => [key, figures[key], recordedFigures[key]])).toEqual([]);
  });
});
