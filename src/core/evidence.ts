/** An observation moves belief: each explanation by how likely it made what was seen. */

import type { Instant } from './base.ts';
import { unreachable } from './base.ts';
import type { Belief } from './belief.ts';
import { backgroundShare, elapsedMs, weigh } from './belief.ts';
import type { BeliefPolicy } from './explanations.ts';
import { EXPLANATIONS, FREE_CHECK_FADE_MS, INDEX } from './explanations.ts';
import { onCanary, onReport } from './generations.ts';
import type { FreeCheckSeen, Observation, SiblingSeen, StatusSeen } from './observation.ts';
import { relax } from './relax.ts';
import { counted, onGone, opposite, orUsual, suspectOurs, troubled } from './signs.ts';

/**
 * Belief after one observation. Pure; O(explanations).
 * @param hazard as for `relax`, which is applied up to the observation's instant first
 */
export function observe(before: Belief, seen: Observation, policy: BeliefPolicy, hazard = 1): Belief {
  const belief = relax(before, seen.at, policy, hazard);
  switch (seen.kind) {
    case 'free_check':
      return onFreeCheck(belief, seen, policy);
    case 'canary':
      return onCanary(belief, seen, policy);
    case 'report':
      return onReport(belief, seen, policy);
    case 'status':
      return onStatus(belief, seen, policy);
    case 'sibling':
      return onSibling(belief, seen, policy);
    default:
      return unreachable(seen);
  }
}

function onFreeCheck(belief: Belief, seen: FreeCheckSeen, policy: BeliefPolicy): Belief {
  const { at } = seen;
  switch (seen.is) {
    case 'ok':
      return onFreeCheckOk(belief, policy);
    case 'fail':
      return onFreeCheckFail(belief, at, policy);
    case 'gone':
      return onGone(belief, at, policy);
    case 'auth':
    case 'quota':
      return suspectOurs(belief, at, 'free_check');
    default:
      return unreachable(seen.is);
  }
}

function onFreeCheckOk(belief: Belief, policy: BeliefPolicy): Belief {
  const fails = orUsual(policy.freeCheckFails, backgroundShare(belief.freeCheck, policy.freeCheck));
  const probabilities = weigh(belief.probabilities, opposite(fails), policy);
  return {
    ...belief,
    probabilities,
    freeCheck: counted(belief.freeCheck, 0, probabilities[0] ?? 0, policy.freeCheck),
    freeCheckFailingSince: null,
    // What only free checks can tell, only they can take back; a canary's doubt about our account needs a canary.
    ours: belief.ours?.by === 'free_check' ? null : belief.ours,
  };
}

function onFreeCheckFail(belief: Belief, at: Instant, policy: BeliefPolicy): Belief {
  const fails = orUsual(policy.freeCheckFails, backgroundShare(belief.freeCheck, policy.freeCheck));
  const isFirst = belief.freeCheckFailingSince === null;
  const faded =
    belief.freeCheckFails * Math.exp(-elapsedMs(at, belief.freeCheckFailedAt) / FREE_CHECK_FADE_MS);
  const { bad, of } = belief.freeCheck;
  return {
    ...troubled(belief, at),
    probabilities: weigh(belief.probabilities, fails, policy),
    // One trouble is one failure of many checks.
    freeCheck: isFirst ? { bad: bad + 1, of: of + 1 } : belief.freeCheck,
    freeCheckFailingSince: belief.freeCheckFailingSince ?? at,
    freeCheckFails: faded + 1,
    freeCheckFailedAt: at,
  };
}

function onStatus(belief: Belief, seen: StatusSeen, policy: BeliefPolicy): Belief {
  // Announced maintenance is no news of a fault, and "resolved" is written when somebody gets to it.
  if (seen.is !== 'posted') return belief;
  const posted = policy.isAnnounced.map((is) => (is ? policy.statusFactor : 1));
  return { ...belief, probabilities: weigh(belief.probabilities, posted, policy) };
}

/**
 * Another target's canary speaks of the common API only, and less than one of our own: by the power `siblingShare`,
 * within `siblingFactorMax`.
 */
function onSibling(belief: Belief, seen: SiblingSeen, policy: BeliefPolicy): Belief {
  if (policy.siblingShare === 0) return belief;
  const usual = backgroundShare(belief.canary, policy.canary);
  const fails = policy.generationFails[INDEX.api_down] ?? usual;
  const ratio = seen.is === 'fail' ? fails / usual : (1 - fails) / (1 - usual);
  const max = policy.siblingFactorMax;
  const factor = Math.min(max, Math.max(1 / max, ratio ** policy.siblingShare));
  const likelihoods = EXPLANATIONS.map((_, k) => (k === INDEX.api_down ? factor : 1));
  return { ...belief, probabilities: weigh(belief.probabilities, likelihoods, policy) };
}
