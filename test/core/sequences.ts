/** Any life a target can have, for properties. */

import * as fc from 'fast-check';
import { DAY, MINUTE } from '../../src/core/base.ts';
import type { Effect } from '../../src/core/effect.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetEvent, TargetState } from '../../src/core/model.ts';
import { CAUSES } from '../../src/core/model.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { Said } from './life.ts';
import { ID, NOON, noticeFor, verdictFrom } from './life.ts';

/** What is seen next, and how long after the last thing. */
export interface Seen {
  gapMs: number;
  what:
    | { is: 'run' | 'check'; said: Said; totalMs: number | null }
    | { is: 'notice'; id: string; retired: boolean; effectiveAt: number | null }
    | { is: 'day' };
}

const EVERYTHING: readonly Said[] = ['pass', 'slow', ...CAUSES];

/** One good or bad answer, or an odd one; good and bad outweigh, so that outages really begin and end. */
export function seen(said: readonly Said[] = EVERYTHING, gapMinMs = 0): fc.Arbitrary<Seen> {
  const one = fc.oneof(fc.constantFrom(...said), fc.constantFrom(...said.slice(0, 3)));
  const totalMs = fc.option(fc.integer({ min: 1, max: 600_000 }));
  const what = fc.oneof(
    { weight: 4, arbitrary: fc.record({ is: fc.constant('run' as const), said: one, totalMs }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constant('check' as const), said: one, totalMs }) },
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
  return fc.oneof({ weight: 15, arbitrary: seen(EVERYTHING, gapMinMs) }, { weight: 1, arbitrary: told });
}

/** Any life; with a negative gap also one in which clocks go back. */
export function lives(gapMinMs = 0): fc.Arbitrary<Seen[]> {
  return fc.array(seenOrTold(gapMinMs), { maxLength: 80, size: 'max' });
}

export const policies: fc.Arbitrary<HealthPolicy> = fc
  .record({
    failuresToDown: fc.integer({ min: 1, max: 4 }),
    slowsToDegraded: fc.integer({ min: 1, max: 4 }),
    passesToHealthy: fc.integer({ min: 1, max: 3 }),
  })
  .map((change) => ({ ...DEFAULT_POLICY, ...change }));

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
      const verdict = verdictFrom(what.said, state.passesEver);
      return { type: 'run.judged', at, runId: `${ID}@${at}`, verdict, totalMs: what.totalMs };
    }
    case 'check':
      return { type: 'check.judged', at, verdict: verdictFrom(what.said, state.passesEver) };
    case 'notice': {
      const { id, effectiveAt } = what;
      const kind = what.retired ? 'retired' : 'announced';
      return { type: 'notice.seen', at, notice: noticeFor({ id, kind, effectiveAt }) };
    }
    case 'day':
      return { type: 'day.began', at };
  }
}
