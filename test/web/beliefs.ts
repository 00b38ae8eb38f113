/** States that events have led to, as the daemon folds them. */

import { MINUTE } from '../../src/core/base.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetEvent, TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { START } from './world.ts';

export type Seen = 'pass' | 'slow' | 'fail' | 'check fails';

/** The state after these, a minute apart, the last one a minute before the start. */
export function after(target: string, seen: readonly Seen[]): TargetState {
  return seen.reduce(
    (state, is, n) => {
      const at = START - (seen.length - n) * MINUTE;
      return reduce(state, eventOf(target, is, at), DEFAULT_POLICY).state;
    },
    freshState(target, START - 60 * MINUTE),
  );
}

function eventOf(target: string, is: Seen, at: number): TargetEvent {
  const fail = { is: 'fail', cause: 'unavailable', blame: 'provider' } as const;
  if (is === 'check fails')
    return { type: 'check.judged', at, verdict: { ...fail, text: 'the list of models answered 503' } };
  const verdict = {
    pass: { is: 'pass', text: 'good video' } as const,
    slow: { is: 'slow', ratio: 10, text: 'took 600 s, usually 60 s' } as const,
    fail: { ...fail, text: 'answered <503>' },
  }[is];
  const totalMs = is === 'fail' ? null : is === 'slow' ? 600_000 : 60_000;
  return { type: 'run.judged', at, runId: `${target}@${at}`, verdict, totalMs };
}
