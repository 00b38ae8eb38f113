import type { DetectionPolicy } from '../../src/core/detection.ts';
import type { BackgroundPolicy, Column } from '../../src/core/explanations.ts';
import { FIRST_FAULT } from '../../src/core/explanations.ts';
import type { PolicyOptions } from './policy.ts';

/** The policy with what it takes for granted made wrong by the given factors, and without the parts to do without. */
export function misled(base: DetectionPolicy, { beliefs, without }: PolicyOptions): DetectionPolicy {
  const { onsets = 1, harmless = 1, durations = 1, background = 1, status = 1, overdue = 1 } = beliefs;
  const scaled = (rate: BackgroundPolicy): BackgroundPolicy => ({ ...rate, share: rate.share * background });
  const faults = (column: Column, factor: number): Column =>
    column.map((value, k) => (k >= FIRST_FAULT ? value * factor : value));
  const { belief } = base;
  return {
    ...base,
    belief: {
      ...belief,
      onsetsPerMonth: faults(belief.onsetsPerMonth, onsets).map((value, k) =>
        k < FIRST_FAULT ? value * harmless : value,
      ),
      meanMinutes: faults(belief.meanMinutes, durations),
      jobHangs: belief.jobHangs.map((share) => Math.min(1, share * overdue)),
      statusFactor: belief.statusFactor * status,
      canary: scaled(belief.canary),
      report: scaled(belief.report),
      freeCheck: scaled(belief.freeCheck),
      refusal: scaled(belief.refusal),
    },
    demand: { ...base.demand, profileShare: without.has('hazard') ? 0 : base.demand.profileShare },
  };
}
