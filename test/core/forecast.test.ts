import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import { nextProbe } from '../../src/core/demand.ts';
import { DEFAULT_DETECTION as policy } from '../../src/core/detection.ts';
import { forecast } from '../../src/core/forecast.ts';
import { decide } from '../../src/core/judgement.ts';
import { after, canary, OK, T0, USUAL_MS, PLENTY } from './observations.ts';

/** The gap between routine canaries once they have their rhythm, looking every minute, in ms. */
function routineGapMs(staleMs: number): number {
  let belief = after([canary(T0, OK)]);
  const startedAt: number[] = [];
  for (let at = T0 + MINUTE; startedAt.length < 8; at += MINUTE) {
    const judgement = decide(belief, [], at, policy);
    const demand = nextProbe(
      { judgement, flying: [], hazard: 1, staleMs, at, affordable: () => 1, lookBudget: () => PLENTY },
      policy,
    );
    belief = demand.count === 0 ? judgement.belief : after([canary(at, OK)], judgement.belief);
    if (demand.count > 0) startedAt.push(at);
  }
  return (startedAt[7] ?? 0) - (startedAt[6] ?? 0);
}

describe('a forecast', () => {
  it.each([0.5, 1, 2, 4, 8])('of routine canaries is what happens, for a stale limit of %d h', (hours) => {
    const { routineEveryMs } = forecast({ staleMs: hours * HOUR, priceUsd: 1, usualMs: USUAL_MS }, policy);
    const really = routineGapMs(hours * HOUR);

    expect(routineEveryMs / really).toBeGreaterThan(0.9);
    expect(routineEveryMs / really).toBeLessThan(1.1);
  });

  it('says what it costs, and how soon an outage is found', () => {
    const { routineEveryMs, usdPerDay, detectMs } = forecast(
      { staleMs: HOUR, priceUsd: 0.5, usualMs: 2 * MINUTE },
      policy,
    );

    expect((usdPerDay * routineEveryMs) / (24 * HOUR)).toBeCloseTo(0.5, 9);
    expect(detectMs).toBe(routineEveryMs / 2 + 4 * MINUTE);
  });
});
