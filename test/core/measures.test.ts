import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import type { Measures } from '../../src/core/measures.ts';
import { DEFAULT_MEASURES, measured, qualityOf } from '../../src/core/measures.ts';
import type { TargetEvent } from '../../src/core/model.ts';
import type { Said } from './life.ts';
import { NOON, verdictFrom, wellLife } from './life.ts';

type Run = Extract<TargetEvent, { type: 'run.judged' }>;

function run(at: number, said: Said, change: Partial<Run> = {}): Run {
  return {
    type: 'run.judged',
    at,
    runId: `a@${at}`,
    verdict: verdictFrom(said, 1),
    totalMs: null,
    ...change,
  };
}

function fold(runs: readonly Run[]): Measures | null {
  return runs.reduce<Measures | null>((sum, one) => measured(sum, one, DEFAULT_MEASURES), null);
}

const BAYES = { prior: { good: 9.5, bad: 0.5 }, halfLifeMs: 30 * MINUTE };
const video = { totalMs: 40_000, videoMs: 5_000, costUsd: 0.5 };

describe('what canaries measure', () => {
  it('is nothing before any, and nothing of what says nothing about the provider', () => {
    expect(fold([run(NOON, 'auth'), run(NOON, 'interrupted'), run(NOON, 'rate_limited')])).toBeNull();
  });

  it('counts usable and unusable ones, older ones less, and failures in a row', () => {
    const runs = [run(NOON, 'pass'), run(NOON + 30 * MINUTE, 'bad_output'), run(NOON + HOUR, 'unavailable')];

    expect(fold(runs)).toMatchObject({ good: 0.25, bad: 1.5, at: NOON + HOUR, failsInRow: 2 });
    expect(fold([...runs, run(NOON + HOUR, 'pass')])?.failsInRow).toBe(0);
  });

  it('believes in slowness sooner than in speed', () => {
    const first = fold([run(NOON, 'pass', video)]);
    const slower = fold([run(NOON, 'pass', video), run(NOON + 1, 'slow', { totalMs: 80_000 })]);
    const faster = fold([run(NOON, 'pass', video), run(NOON + 1, 'pass', { totalMs: 20_000 })]);

    expect([first?.ttvMs, slower?.ttvMs, faster?.ttvMs]).toEqual([40_000, 60_000, 36_000]);
  });

  it('knows the price of a usable second', () => {
    const twice = fold([run(NOON, 'pass', video), run(NOON + 1, 'pass', { ...video, costUsd: 1 })]);

    expect(fold([run(NOON, 'pass', video)])?.costPerSecondUsd).toBe(0.1);
    expect(twice?.costPerSecondUsd).toBe(0.12);
    expect(fold([run(NOON, 'bad_output', video)])?.costPerSecondUsd).toBeNull();
  });

  it('lives in the state, and is small there', () => {
    const life = wellLife();

    expect(life.state.measures).toMatchObject({ failsInRow: 0, ttvMs: 30_000 });
    expect(JSON.stringify(life.state.measures).length).toBeLessThan(120);
  });
});

describe('quality', () => {
  it('is that of the prior before any canary, and again when all have faded', () => {
    const bad = fold([run(NOON, 'bad_output'), run(NOON, 'bad_output')]);

    expect(qualityOf(null, NOON, BAYES)).toBe(0.95);
    expect(qualityOf(bad, NOON, BAYES)).toBeCloseTo(9.5 / 12, 9);
    expect(qualityOf(bad, NOON + 24 * HOUR, BAYES)).toBeCloseTo(0.95, 3);
  });

  it('never leaves 0..1, and a clock that goes back changes nothing', () => {
    const anyRun = fc.tuple(
      fc.integer({ min: -HOUR, max: HOUR }),
      fc.constantFrom<Said>('pass', 'slow', 'bad_output', 'timeout', 'auth'),
    );
    fc.assert(
      fc.property(
        fc.array(anyRun, { maxLength: 30 }),
        fc.integer({ min: -HOUR, max: HOUR }),
        (rows, late) => {
          const quality = qualityOf(fold(rows.map(([ms, said]) => run(NOON + ms, said))), NOON + late, BAYES);

          expect(quality).toBeGreaterThan(0);
          expect(quality).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
