import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR } from '../../src/core/base.ts';
import { toldTogether } from '../../src/core/coalesce.ts';
import { daysLeftOf } from '../../src/core/funds.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { storiesOf } from '../../src/core/stories.ts';
import { ID, NOON } from './life.ts';

/** Days left as checks tell them, one an hour; gives what was told at each. */
function tell(days: readonly (number | null)[]) {
  let state: TargetState = freshState(ID, NOON);
  const told = days.map((daysLeft, i) => {
    const step = reduce(
      state,
      {
        type: 'check.judged',
        at: NOON + i * HOUR,
        verdict: { is: 'pass', text: 'fine' },
        funds: { usd: 10, daysLeft },
      },
      DEFAULT_POLICY,
    );
    state = step.state;
    return step.effects;
  });
  return { state, told, types: told.map((effects) => effects.map(({ type }) => type).join()) };
}

describe('the balance of an account', () => {
  it.each([
    [10, 2, 5],
    [0, 2, 0],
    [-3, 2, 0],
    [10, 0, null],
  ])('of %d dollars lasts at %d a day for %s days', (usd, usdPerDay, days) => {
    expect(daysLeftOf(usd, usdPerDay)).toBe(days);
  });

  it.each<[string, (number | null)[], string[]]>([
    ['warns once while it falls', [4, 2.9, 2, 1], ['', 'funds.low', '', '']],
    ['says nothing at the line itself', [3, 3], ['', '']],
    ['does not cry wolf around the line', [2.9, 3.1, 2.9, 3.1], ['funds.low', '', '', '']],
    ['says when it is filled again', [1, 5.9, 6], ['funds.low', '', 'funds.restored']],
    ['is no matter where nothing is planned', [null, null], ['', '']],
    ['is no matter any more where nothing is planned', [1, null], ['funds.low', 'funds.restored']],
    ['warns again after it was filled', [1, 9, 1], ['funds.low', 'funds.restored', 'funds.low']],
  ])('%s', (_name, days, types) => {
    expect(tell(days).types).toEqual(types);
  });

  it('tells of low and filled in turn, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20, noNaN: true })), (days) => {
        const types = tell(days).types.filter((type) => type !== '');
        expect(types).toEqual(types.map((_, i) => (i % 2 === 0 ? 'funds.low' : 'funds.restored')));
      }),
    );
  });

  it('is told as one message where it was filled before anybody could be told', () => {
    const effects = tell([1, 9]).told.flat();
    const target = { id: ID, provider: 'acme', model: 'one', region: null };
    const stories = storiesOf(target, effects, {
      targets: [target],
      routes: [],
      states: new Map(),
      before: freshState(ID, NOON),
      plans: new Map(),
      pageUrl: 'https://reelwatch.invalid',
      closedRun: null,
      isPictured: false,
      links: { dashboard: null, runbook: null },
    });

    expect(toldTogether(stories)).toBe(2);
  });
});
