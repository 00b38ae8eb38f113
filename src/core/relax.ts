/** Time passes: what was believed grows old, and the chance grows that something has broken unseen. */

import type { Instant } from './base.ts';
import { HOUR, MINUTE } from './base.ts';
import type { Belief } from './belief.ts';
import { elapsedMs, faultOf, normalised, stationaryShare } from './belief.ts';
import type { BeliefPolicy } from './explanations.ts';
import { FIRST_FAULT } from './explanations.ts';

const FINE_MIN = 1e-6;
/** Longer silences are taken in steps, because P(fine) moves meanwhile; after a day of them all is at its usual. */
const SILENCE_MS = 90 * MINUTE;
const STEP_MS = 15 * MINUTE;
const STEPS_MAX = 96;

/**
 * Every explanation relaxes towards its long-run share, as a chain of two states (it, or fine) does exactly while
 * P(fine) hardly moves: P(k) <- P(k) e^(-t/length) + P(fine) share(k) hazard (1 - e^(-t/length)).
 * Risk grows by P(fault) x hours.
 * @param hazard how much likelier than on average a fault begins here and now; see hazard.ts
 */
export function relax(belief: Belief, at: Instant, policy: BeliefPolicy, hazard = 1): Belief {
  let now = belief;
  const steps = at - belief.at > SILENCE_MS ? Math.min(STEPS_MAX, Math.floor((at - belief.at) / STEP_MS)) : 0;
  for (let step = 0; step < steps; step++) {
    now = relaxStep(now, now.at + STEP_MS, policy, hazard);
  }
  return relaxStep(now, at, policy, hazard);
}

function relaxStep(belief: Belief, at: Instant, policy: BeliefPolicy, hazard: number): Belief {
  const minutes = (at - belief.at) / MINUTE;
  if (!(minutes > 0)) return belief;
  const { probabilities } = belief;
  const fine = probabilities[0] ?? 0;
  const isOnProbation = elapsedMs(at, belief.recoveredAt) < policy.probationMs;
  const faultHazard = hazard * (isOnProbation ? policy.probationFactor : 1);
  const relaxed = [0];
  let others = 0;
  let stays = 1;
  let meanBefore = Infinity;
  for (let k = 1; k < probabilities.length; k++) {
    const mean = policy.meanMinutes[k] ?? 1;
    // Most last equally long: the exponential is what costs time here.
    if (mean !== meanBefore) stays = Math.exp(-minutes / mean);
    meanBefore = mean;
    const share = stationaryShare(policy, k) * (k >= FIRST_FAULT ? faultHazard : 1);
    const now = (probabilities[k] ?? 0) * stays + fine * share * (1 - stays);
    relaxed.push(now);
    others += now;
  }
  relaxed[0] = Math.max(FINE_MIN, 1 - others);
  const hours = (minutes * MINUTE) / HOUR;
  const riskHours = belief.riskHours + faultOf(probabilities) * hours;
  return { ...belief, at, probabilities: normalised(relaxed), riskHours };
}
