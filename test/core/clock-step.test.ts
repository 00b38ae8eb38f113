/** After the clock was set back nothing that was noted lies ahead; after time was lost nothing has gone on meanwhile. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import { notAfter } from '../../src/core/clock-step.ts';
import { HEALTHS } from '../../src/core/model.ts';
import type { TargetState } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { lifeIn, NOON } from './life.ts';

/** Every number in a value that can only be an instant. */
function instantsIn(value: unknown, key = ''): number[] {
  if (key === 'effectiveAt') return [];
  if (typeof value === 'number') return value > NOON - 365 * DAY ? [value] : [];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, field]) => instantsIn(field, key));
}

const jumped = (state: TargetState, at: number, lostMs: number) =>
  reduce(state, { type: 'clock.jumped', at, lostMs }, DEFAULT_POLICY);

it.each(HEALTHS)('no instant of a target that is %s lies ahead, and nothing is told', (health) => {
  const life = lifeIn(health);
  life.check(NOON, 'unavailable');
  const backs = fc.integer({ min: 1, max: 3 * DAY });

  fc.assert(
    fc.property(backs, (backMs) => {
      const at = NOON - backMs;
      const { state, effects } = jumped(life.state, at, -backMs);

      expect(
        Math.max(at, ...instantsIn({ ...state, id: '', lastRun: { at: state.lastRun?.at ?? at } })),
      ).toBe(at);
      expect(state.health).toBe(
        health === 'healthy' || health === 'unknown' ? life.state.health : state.health,
      );
      expect(effects).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

it('a target of which nothing lies ahead is left as it is', () => {
  const { state } = lifeIn('down');

  expect(notAfter(state, NOON)).toBe(state);
  expect(jumped(state, NOON, 0)).toMatchObject({ changed: false });
});

it('that a free check has failed for five minutes is not seen by who did not look for five minutes', () => {
  const opened = [0, 10 * MINUTE].map((lostMs) => {
    const life = lifeIn('healthy');
    life.check(NOON, 'unavailable');
    life.check(NOON + MINUTE, 'unavailable');
    life.check(NOON + 2 * MINUTE, 'unavailable');
    life.state = jumped(life.state, NOON + 12 * MINUTE, lostMs).state;
    return life.check(NOON + 12 * MINUTE, 'unavailable').map(({ type }) => type);
  });

  expect(opened).toEqual([['incident.opened'], []]);
});

it('a date that is announced may lie ahead', () => {
  const life = lifeIn('healthy');
  life.notice(NOON, { effectiveAt: NOON + 30 * DAY });

  expect(notAfter(life.state, NOON - HOUR).notice?.effectiveAt).toBe(NOON + 30 * DAY);
});
