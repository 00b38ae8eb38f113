import type { LookBudget } from '../../src/core/look-budget.ts';
import fc from 'fast-check';
import { MINUTE } from '../../src/core/base.ts';
import type { Belief } from '../../src/core/belief.ts';
import { freshBelief } from '../../src/core/belief.ts';
import type { DetectionPolicy } from '../../src/core/detection.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { observe } from '../../src/core/evidence.ts';
import { decide } from '../../src/core/judgement.ts';
import type {
  CanarySeen,
  FreeCheckSeen,
  Observation,
  Outcome,
  ReportSeen,
} from '../../src/core/observation.ts';

/** 2026-01-05T00:00Z, a Monday. */
export const T0 = 1_767_571_200_000;
export const USUAL_MS = MINUTE;

export function fresh(): Belief {
  return freshBelief(T0, USUAL_MS, DEFAULT_DETECTION.belief);
}

export const OK: Outcome = { is: 'ok', durationMs: USUAL_MS };
export const NOT_TAKEN: Outcome = { is: 'fail', ended: 'submit' };
export const FAILED: Outcome = { is: 'fail', ended: 'later' };

export function canary(at: number, outcome: Outcome, submittedAt = at - USUAL_MS): CanarySeen {
  return { kind: 'canary', at, submittedAt, isBilled: false, outcome };
}

export function report(at: number, outcome: Outcome, reporter: string): ReportSeen {
  return { kind: 'report', at, submittedAt: at - USUAL_MS, reporter, outcome };
}

export function freeCheck(at: number, is: FreeCheckSeen['is']): FreeCheckSeen {
  return { kind: 'free_check', at, is };
}

/** Belief after observations, judged after each as the daemon does. */
export function after(
  seen: readonly Observation[],
  belief = fresh(),
  policy: DetectionPolicy = DEFAULT_DETECTION,
): Belief {
  let now = belief;
  for (const each of seen) {
    now = observe(now, each, policy.belief);
    now = decide(now, [], each.at, policy).belief;
  }
  return now;
}

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.integer({ min: 1, max: 3_600_000 }).map((durationMs): Outcome => ({ is: 'ok', durationMs })),
  fc.constantFrom<Outcome>(
    NOT_TAKEN,
    FAILED,
    { is: 'bad_output' },
    { is: 'refused' },
    { is: 'gone' },
    { is: 'auth' },
    { is: 'quota' },
  ),
);

/** What comes, and how long after the one before. */
const arrivals = fc.record({
  gapMs: fc.oneof(fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 30 * 24 * 60 * MINUTE })),
  ageMs: fc.integer({ min: 0, max: 20 * MINUTE }),
  reporter: fc.constantFrom('ann', 'bob', 'eve'),
  outcome: outcomes,
  kind: fc.constantFrom('canary', 'report', 'free_check', 'status', 'sibling'),
  check: fc.constantFrom<FreeCheckSeen['is']>('ok', 'fail', 'gone', 'auth', 'quota'),
  isBilled: fc.boolean(),
});

/** Any sequence of anything, in order of time. */
export const anySequence: fc.Arbitrary<Observation[]> = fc.array(arrivals, { maxLength: 60 }).map((all) => {
  let at = T0;
  return all.map(({ gapMs, ageMs, reporter, outcome, kind, check, isBilled }): Observation => {
    at += gapMs;
    if (kind === 'canary') return { kind, at, submittedAt: at - ageMs, isBilled, outcome };
    if (kind === 'report') return { kind, at, submittedAt: at - ageMs, reporter, outcome };
    if (kind === 'free_check') return { kind, at, is: check };
    return kind === 'status'
      ? { kind, at, is: isBilled ? 'posted' : 'cleared' }
      : { kind: 'sibling', at, is: isBilled ? 'ok' : 'fail' };
  });
});

/** Money for as many looks as anybody wants. */
export const PLENTY: LookBudget = {
  looks: 1_000,
  beyondHourly: 976,
  evenMs: 0,
  returnsAt: 0,
  provider: null,
  budgetUsd: Infinity,
};
