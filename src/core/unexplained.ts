/**
 * Failed jobs whose message nobody can read. One may be our prompt's fault as well as the provider's, so it counts for
 * nobody until evidence of another kind agrees: a failing free check, a failure that can be read, a sibling, users.
 */

import type { Instant } from './base.ts';
import { HOUR } from './base.ts';
import type { Belief } from './belief.ts';
import { faultOf } from './belief.ts';
import type { JudgementPolicy } from './detection.ts';
import type { BeliefPolicy } from './explanations.ts';
import { observe } from './evidence.ts';
import { factorsOf } from './explain.ts';
import type { RunId } from './model.ts';
import type { CanarySeen, Observation } from './observation.ts';
import type { Sign } from './signlist.ts';
import type { Moved } from './traffic.ts';

/** For how long such a failure waits for other evidence, and other evidence speaks for one. */
const KEPT_MS = HOUR;
const KEPT_MAX = 4;

export interface Unexplained {
  at: Instant;
  submittedAt: Instant;
  runId: RunId;
}

export function keepUnexplained(belief: Belief, one: Unexplained): Belief {
  return { ...belief, unexplained: [...(belief.unexplained ?? []), one].slice(-KEPT_MAX) };
}

export function forgetUnexplained(belief: Belief): Belief {
  if (belief.unexplained === undefined) return belief;
  const { unexplained: _, ...rest } = belief;
  return rest;
}

/** Whether there is evidence of another kind, so that a failure nobody can read speaks against the provider too. */
export function isSeconded(belief: Belief | null, at: Instant): boolean {
  if (belief === null) return false;
  const { alert, corroboratedAt, okAt } = belief;
  if (alert !== null) return true;
  if (corroboratedAt === undefined) return false;
  return at - corroboratedAt <= KEPT_MS && (okAt === null || okAt < corroboratedAt);
}

/** Whether an observation is evidence of another kind. */
export function seconds(seen: Observation): boolean {
  switch (seen.kind) {
    case 'free_check':
      return seen.is === 'fail' || seen.is === 'gone';
    case 'sibling':
      return seen.is === 'fail';
    case 'canary':
      return ['fail', 'bad_output', 'gone'].includes(seen.outcome.is);
    case 'report':
    case 'status':
      return false;
  }
}

/**
 * Whether users' jobs are evidence of another kind: they themselves make the provider suspect. One that fails among many
 * is no more than usual.
 */
export function usersSecond(
  before: Belief,
  after: Belief,
  moved: readonly Moved[],
  { suspectAt }: JudgementPolicy,
): boolean {
  const fault = faultOf(after.probabilities);
  const isBad = moved.some(({ how, counted }) => how === 'bad' && counted);
  return isBad && fault >= suspectAt && fault > faultOf(before.probabilities);
}

/** Belief with the failures that waited for other evidence, which has come; and the signs they are. */
export function countUnexplained(
  before: Belief,
  at: Instant,
  policy: BeliefPolicy,
  hazard: number,
): { belief: Belief; signs: Sign[] } {
  const waiting = (before.unexplained ?? []).filter((one) => at - one.at <= KEPT_MS);
  let belief: Belief = { ...forgetUnexplained(before), corroboratedAt: at };
  const signs: Sign[] = [];
  for (const { at: seenAt, submittedAt, runId } of waiting) {
    const outcome = { is: 'fail', ended: 'later' } as const;
    const seen: CanarySeen = { kind: 'canary', at, submittedAt, isBilled: false, outcome };
    const { fault: factor } = factorsOf(belief, seen, policy, hazard);
    belief = { ...observe(belief, seen, policy, hazard), lastCanaryAt: belief.lastCanaryAt };
    const text = 'a job failed for a reason that cannot be read';
    signs.unshift({ seen: { ...seen, at: seenAt }, text, by: runId, factor, times: 1 });
  }
  return { belief, signs };
}
