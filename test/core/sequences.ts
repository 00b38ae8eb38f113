/** Any life a target can have, for properties. */

import * as fc from 'fast-check';
import { DAY, MINUTE } from '../../src/core/base.ts';
import type { Effect } from '../../src/core/effect.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetEvent, TargetState } from '../../src/core/model.ts';
import { CAUSES } from '../../src/core/model.ts';
import type { Meaning } from '../../src/core/outcomes.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { Said } from './life.ts';
import { ID, NOON, job, noticeFor, verdictFrom } from './life.ts';

/** What is seen next, and how long after the last thing. */
export interface Seen {
  gapMs: number;
  what:
    | { is: 'run' | 'check'; said: Said; totalMs: number | null; endedIn: 'submit' | 'later' }
    | { is: 'sibling'; seen: 'ok' | 'fail' }
    | { is: 'heard'; reports: { who: string; is: Meaning; tookMs: number }[] }
    | { is: 'look'; jobAgesMs: number[] }
    | { is: 'sight' }
    | { is: 'network' }
    | { is: 'notice'; id: string; retired: boolean; effectiveAt: number | null }
    | { is: 'day' };
}

const EVERYTHING: readonly Said[] = ['pass', 'slow', ...CAUSES];

/** One good or bad answer, or an odd one; good and bad outweigh, so that outages really begin and end. */
export function seen(said: readonly Said[] = EVERYTHING, gapMinMs = 0): fc.Arbitrary<Seen> {
  const one = fc.oneof(fc.constantFrom(...said), fc.constantFrom(...said.slice(0, 3)));
  const totalMs = fc.option(fc.integer({ min: 1, max: 600_000 }));
  const endedIn = fc.constantFrom('submit' as const, 'later' as const);
  const what = fc.oneof(
    { weight: 4, arbitrary: fc.record({ is: fc.constant('run' as const), said: one, totalMs, endedIn }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('check' as const), said: one, totalMs, endedIn }) },
  );
  return fc.record({ gapMs: fc.integer({ min: gapMinMs, max: 20 * MINUTE }), what });
}

/** What comes from elsewhere: siblings, time itself, and the loss of our own sight. */
function surroundings(gapMinMs: number): fc.Arbitrary<Seen> {
  const what = fc.oneof(
    fc.record({ is: fc.constant('sibling' as const), seen: fc.constantFrom('ok' as const, 'fail' as const) }),
    fc.record({
      is: fc.constant('look' as const),
      jobAgesMs: fc.array(fc.integer({ min: 0, max: 20 * MINUTE }), { maxLength: 4 }),
    }),
    fc.constant({ is: 'sight' as const }),
    fc.constant({ is: 'network' as const }),
    fc.record({
      is: fc.constant('heard' as const),
      reports: fc.array(
        fc.record({
          who: fc.constantFrom('ann', 'bob', 'cem', 'eve'),
          is: fc.constantFrom<Meaning>('ok', 'ok', 'fail', 'fail', 'bad_output', 'refused', 'gone', 'auth'),
          tookMs: fc.integer({ min: 1, max: 600_000 }),
        }),
        { maxLength: 8 },
      ),
    }),
  );
  return fc.record({ gapMs: fc.integer({ min: gapMinMs, max: 20 * MINUTE }), what });
}

/** Also notices and midnights, which retire. */
function seenOrTold(gapMinMs: number): fc.Arbitrary<Seen> {
  const notice = fc.record({
    is: fc.constant('notice' as const),
    id: fc.constantFrom('acme:one', 'acme:api'),
    retired: fc.boolean(),
    effectiveAt: fc.option(fc.integer({ min: NOON - DAY, max: NOON + DAY })),
  });
  const what = fc.oneof(notice, fc.constant({ is: 'day' as const }));
  const told = fc.record({ gapMs: fc.integer({ min: gapMinMs, max: 20 * MINUTE }), what });
  return fc.oneof(
    { weight: 15, arbitrary: seen(EVERYTHING, gapMinMs) },
    { weight: 4, arbitrary: surroundings(gapMinMs) },
    { weight: 1, arbitrary: told },
  );
}

/** Any life; with a negative gap also one in which clocks go back. */
export function lives(gapMinMs = 0): fc.Arbitrary<Seen[]> {
  return fc.array(seenOrTold(gapMinMs), { maxLength: 80, size: 'max' });
}

export const policies: fc.Arbitrary<HealthPolicy> = fc
  .record({
    unsureToBlind: fc.integer({ min: 1, max: 5 }),
    goneToRetired: fc.integer({ min: 1, max: 3 }),
    settleMs: fc.integer({ min: 0, max: 20 * MINUTE }),
    alertAt: fc.double({ min: 0.3, max: 0.98, noNaN: true }),
    signsMin: fc.integer({ min: 1, max: 4 }),
    holdMs: fc.integer({ min: 0, max: 10 * MINUTE }),
  })
  .map(({ alertAt, signsMin, holdMs, ...change }) => {
    const { detection } = DEFAULT_POLICY;
    const judgement = { ...detection.judgement, alertAt, signsMin, holdMs };
    return { ...DEFAULT_POLICY, ...change, detection: { ...detection, judgement } };
  });

export interface Step {
  before: TargetState;
  event: TargetEvent;
  after: TargetState;
  effects: Effect[];
  changed: boolean;
}

/** Folds what was seen into a state, and gives back every step of it. */
export function foldAll(
  sights: readonly Seen[],
  policy: HealthPolicy = DEFAULT_POLICY,
  start: TargetState = freshState(ID, NOON),
  startAt = NOON,
): Step[] {
  let state = start;
  let at = startAt;
  return sights.map((sight) => {
    const before = state;
    at += sight.gapMs;
    const event = eventOf(sight, at, before);
    const step = reduce(before, event, policy);
    state = step.state;
    return { before, event, after: state, effects: step.effects, changed: step.changed };
  });
}

function eventOf({ what }: Seen, at: number, state: TargetState): TargetEvent {
  switch (what.is) {
    case 'run': {
      const { said, totalMs, endedIn } = what;
      const verdict = verdictFrom(said, state.passesEver);
      return { type: 'run.judged', at, runId: `${ID}@${at}.${state.version}`, verdict, totalMs, endedIn };
    }
    case 'check':
      return { type: 'check.judged', at, verdict: verdictFrom(what.said, state.passesEver) };
    case 'sibling':
      return { type: 'sibling.seen', at, by: `acme/two@${at}`, is: what.seen };
    case 'heard': {
      const reports = what.reports.map(({ who, is, tookMs }) => ({
        at,
        submittedAt: at - tookMs,
        reporter: who,
        is,
        ...(is === 'ok' ? { tookMs } : { cause: 'unavailable' as const }),
      }));
      const good = reports.filter(({ is }) => is === 'ok').length;
      return { type: 'outcomes.reported', at, reports, good, bad: reports.length - good, spanMs: 5_000 };
    }
    case 'look':
      return { type: 'looked', at, running: what.jobAgesMs.map((ageMs) => job(at - ageMs)) };
    case 'sight':
      return { type: 'sight.lost', at };
    case 'network':
      return { type: 'network.restored', at };
    case 'notice': {
      const { id, effectiveAt } = what;
      const kind = what.retired ? 'retired' : 'announced';
      return { type: 'notice.seen', at, notice: noticeFor({ id, kind, effectiveAt }) };
    }
    case 'day':
      return { type: 'day.began', at };
  }
}
