/** What free checks can tell, and what only canaries can. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import { NOON, faultIn, follow, lifeIn, only, verdictFrom, wellLife } from './life.ts';

describe('a free check', () => {
  it('casts suspicion, which a good video takes back and a good check only in part', () => {
    const life = follow([
      [60, 'check unavailable', 'suspect', ''],
      [75, 'check unavailable', 'suspect', ''],
    ]);
    const faults = [faultIn(life)];
    for (const [n, tell] of [life.check, life.run, life.run, life.run, life.run].entries()) {
      tell(NOON + (90 + 15 * n) * SECOND, 'pass');
      faults.push(faultIn(life));
    }

    expect(faults.toSorted((a, b) => b - a)).toEqual(faults);
    expect(faults[1]).toBeGreaterThan(0.2);
    expect(life.state.health).toBe('healthy');
    expect(life.told).toHaveLength(0);
  });

  it('that goes on failing after a good video says nothing new, until it has been well again', () => {
    const life = follow([
      [60, 'check unavailable', 'suspect', ''],
      [75, 'pass', 'healthy', ''],
    ]);
    const { version } = life.state;
    for (let minute = 2; minute < 60; minute++) life.check(NOON + minute * MINUTE, 'unavailable');

    expect(life.state).toMatchObject({ version, health: 'healthy' });
    life.check(NOON + HOUR, 'pass');
    life.check(NOON + HOUR + MINUTE, 'unavailable');
    expect(life.state).toMatchObject({ version: version + 2, health: 'suspect' });
  });

  it('that fails alone for five minutes opens an incident, and not a moment before', () => {
    const life = lifeIn('healthy');
    const told = Array.from({ length: 21 }, (_, n) =>
      life.check(NOON + n * 15 * SECOND, 'unavailable').map(({ type }) => type),
    );

    expect(told.findIndex((types) => types.includes('incident.opened'))).toBe(20);
    expect(only(life.told, 'incident.opened')).toMatchObject({
      health: 'down',
      incident: { firstFailureAt: NOON, detectedAt: NOON + 5 * MINUTE, cause: 'unavailable' },
    });
    expect(life.state.reason.text).toContain('free check fails since 12:00 UTC');
  });

  it('that stumbles once an hour is nobody’s concern', () => {
    const life = lifeIn('healthy');
    for (let hour = 0; hour < 48; hour++) {
      life.check(NOON + hour * HOUR, 'unavailable');
      for (let n = 1; n < 4; n++) life.check(NOON + hour * HOUR + n * 15 * SECOND, 'pass');
      life.run(NOON + hour * HOUR + 30 * MINUTE, 'pass');
    }

    expect(life.told).toEqual([]);
    expect(life.state.health).toBe('healthy');
  });

  it.each(['pass', 'rate_limited', 'unknown_status'] as const)(
    'that finds nothing wrong where nothing is suspected is not even written down: %s',
    (said) => {
      const life = wellLife();
      life.check(NOON, 'pass');
      const before = life.state;
      const verdict = verdictFrom(said, before.passesEver);
      const step = reduce(before, { type: 'check.judged', at: NOON + MINUTE, verdict }, DEFAULT_POLICY);

      expect(step).toEqual({ state: before, effects: [], changed: false });
      expect(step.state).toBe(before);
    },
  );

  it.each([
    ['a refused key that it had found', 'check auth', 'healthy', 'blind.ended'],
    ['not a refused key that a canary found', 'auth', 'blind', ''],
    ['not an empty account that a canary found', 'no_credit', 'blind', ''],
    ['not a refused order', 'bad_request', 'blind', ''],
  ] as const)('that goes well proves %s is over', (_what, said, shown, told) => {
    const life = follow([
      [0, 'pass', 'healthy', ''],
      [60, said, 'blind', 'blind.began'],
      [120, 'check pass', shown, told],
    ]);

    expect(life.told).toHaveLength(told === '' ? 1 : 2);
  });

  it('that goes well proves that a broken network works again, whoever found it', () => {
    const life = follow([
      [0, 'pass', 'healthy', ''],
      [60, 'unreachable', 'blind', ''],
      [120, 'check pass', 'healthy', ''],
    ]);

    expect(life.told).toEqual([]);
  });

  it('leaves a retired target in peace', () => {
    const life = follow([[0, 'check unavailable', 'retired', '']], lifeIn('retired'));

    expect(life.told).toHaveLength(1);
  });
});
