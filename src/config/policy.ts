/** From the options of the file to the numbers that decisions rest on. */

import type { DemandPolicy } from '../core/detection.ts';
import { DEFAULT_POLICY } from '../core/policy.ts';
import type { HealthPolicy } from '../core/policy.ts';
import type { FileOptions } from './schema.ts';

const { detection: DETECTION } = DEFAULT_POLICY;
const { routineShare, routineCap, confirmCap } = DETECTION.demand;

/** The share of every budget that routine canaries leave alone. */
export const DEFAULT_RESERVE = plain(1 - routineShare);

/**
 * Everything that the file leaves open stays as measured: see docs/detection.md. Belief must be able to grow more certain
 * than an alert asks for, or there would never be one.
 */
export function policyOf({
  health,
  budget,
  plans,
}: Pick<FileOptions, 'health' | 'budget'> & Partial<Pick<FileOptions, 'plans'>>): HealthPolicy {
  const { measures } = DEFAULT_POLICY;
  return {
    unsureToBlind: health.unsureToBlind,
    goneToRetired: health.goneToRetired,
    settleMs: health.settle,
    fundsDaysMin: budget.warnDays,
    measures: { ...measures, halfLifeMs: plans?.qualityHalfLife ?? measures.halfLifeMs },
    detection: {
      ...DETECTION,
      belief: {
        ...DETECTION.belief,
        certaintyMax: Math.max(DETECTION.belief.certaintyMax, (1 + health.alertAt) / 2),
        senderFactorMax: health.witness === 'token' ? DETECTION.belief.senderFactorMax : Infinity,
      },
      judgement: {
        ...DETECTION.judgement,
        alertAt: health.alertAt,
        signsMin: health.signsMin,
        holdMs: health.hold,
      },
      demand: {
        ...DETECTION.demand,
        ...reserving(budget.reserve),
        ...bursts(health.burst),
        burstGapMs: health.confirmGap,
        burstsPerHourMax: health.canariesPerHourMax,
        recoverShare: health.recoverShare,
        recoverMsMin: health.recoverEvery,
        recoverMsMax: health.recoverEveryMax,
        blindEveryMs: health.blindEvery,
      },
    },
  };
}

/** Where a day asks for more than was planned, each tier may use as large a part of the reserve as by default. */
function reserving(reserve: number): Pick<DemandPolicy, 'routineShare' | 'routineCap' | 'confirmCap'> {
  const scaled = (cap: number) => plain(1 - (reserve * (1 - cap)) / (1 - routineShare));
  return {
    routineShare: plain(1 - reserve),
    routineCap: scaled(routineCap),
    confirmCap: scaled(confirmCap),
  };
}

/** Nothing is worth two canaries at once where one is the most. */
function bursts(burst: number): Pick<DemandPolicy, 'burst' | 'worthTwo'> {
  const { worthTwo, worthBurst } = DETECTION.demand;
  return { burst, worthTwo: burst < 2 ? worthBurst : worthTwo };
}

/** Without the tails of binary fractions, which would be shown as defaults. */
function plain(share: number): number {
  return Number(share.toFixed(9));
}
