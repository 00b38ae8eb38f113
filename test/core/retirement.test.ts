/** What becomes of a target after its retirement: it is final until a canary, or a date that is put off, says otherwise. */

import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { CAUSES } from '../../src/core/model.ts';
import { reduce } from '../../src/core/reduce.ts';
import { shownState } from '../../src/core/weights.ts';
import { lifeIn, NOON } from './life.ts';

describe('a retired target', () => {
  it.each(CAUSES)('tells nothing when its free check fails with %s', (cause) => {
    const life = lifeIn('retired');

    const told = [life.check(NOON, cause), life.check(NOON + DAY, cause)];

    expect(told).toEqual([[], []]);
    expect(shownState(life.state)).toBe('retired');
  });

  it.each(CAUSES)('tells nothing when its canary fails with %s', (cause) => {
    const life = lifeIn('retired');

    const told = [0, 1, 2, 3].map((n) => life.run(NOON + n * MINUTE, cause));

    expect(told.flat()).toEqual([]);
    expect(shownState(life.state)).toBe('retired');
  });

  it('tells nothing of the money in an account that it no longer uses', () => {
    const { state } = lifeIn('retired');
    const verdict = { is: 'pass', text: 'fine' } as const;
    const funds = { usd: 1, daysLeft: 0.1 };

    const step = reduce(state, { type: 'check.judged', at: NOON, verdict, funds }, DEFAULT_POLICY);

    expect(step.effects).toEqual([]);
    expect(step.state.low).toBeNull();
  });

  it('is no longer shown as blind, whatever it was before', () => {
    const life = lifeIn('healthy');
    life.check(NOON - MINUTE, 'auth');
    expect(shownState(life.state)).toBe('blind');

    life.notice(NOON, { effectiveAt: NOON - MINUTE });

    expect(shownState(life.state)).toBe('retired');
  });

  it('is in service again once a canary that was ordered since makes a good video', () => {
    const life = lifeIn('retired');

    life.run(NOON + DAY, 'pass');

    expect(life.state).toMatchObject({ health: 'healthy', since: NOON + DAY, gone: 0 });
    expect(life.state.belief?.canaryOkAt).toBe(NOON + DAY);
  });

  it('stays retired when a canary that was ordered before makes its video', () => {
    const life = lifeIn('retired');

    life.run(NOON, 'pass', null, { submittedAt: life.state.since - 1 });

    expect(life.state.health).toBe('retired');
  });
});
