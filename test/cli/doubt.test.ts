import { describe, expect, it } from 'vitest';
import { doubtOf, isDoubted } from '../../src/cli/doubt.ts';
import { MINUTE } from '../../src/core/base.ts';
import { SHOWN_STATES, type TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { OpenRun } from '../../src/ports/store.ts';
import { after, type Seen } from '../web/beliefs.ts';
import { START } from '../web/world.ts';

const KLING = 'kling/kling-2.5-turbo';
const { detection } = DEFAULT_POLICY;

function run(target: string, startedAt: number): OpenRun {
  const runId = `${target}@${startedAt}`;
  return {
    runId,
    target,
    why: 'slot',
    startedAt,
    job: null,
    jobId: 'j',
    acceptedAt: startedAt + 1,
    resumes: 0,
  };
}

function doubt(seen: readonly Seen[], open: readonly OpenRun[] = [], now = START): string {
  return doubtOf(after(KLING, seen), open, now, detection);
}

describe('the column of doubt', () => {
  it.each<[string, Seen[], RegExp]>([
    ['a target that is down', ['pass', 'fail', 'fail', 'fail', 'fail'], /^9\d\.\d %$/],
    ['a suspicion', ['pass', 'fail', 'fail'], /^[1-6]\d\.\d %$/],
    ['a target that is well', ['pass', 'pass'], /^-$/],
    ['a target that nobody has seen', [], /^-$/],
  ])('says how sure it is of %s', (_what, seen, shown) => {
    expect(doubt(seen)).toMatch(shown);
  });

  it('grows with jobs of that target that do not end', () => {
    const now = START + 30 * MINUTE;
    const seen: Seen[] = ['pass', 'fail', 'fail'];

    const calm = doubt(seen, [run('runway/gen4.5', START)], now);
    const late = doubt(seen, [run(KLING, START), run(KLING, START + MINUTE)], now);

    expect(Number.parseFloat(late)).toBeGreaterThan(2 * Number.parseFloat(calm));
  });

  it('is for those that are suspect or worse', () => {
    const blind = { cause: 'auth', since: START, text: 'key refused', by: 'run' } as const;
    const states = SHOWN_STATES.filter((state) => {
      const fresh = after(KLING, ['pass']);
      const shown: TargetState = state === 'blind' ? { ...fresh, blind } : { ...fresh, health: state };
      return isDoubted(shown);
    });

    expect(states).toEqual(['suspect', 'degraded', 'down', 'recovering']);
  });
});
