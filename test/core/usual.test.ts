/** What is usual: begun by the first good video, defended against slowness, and changed when slowness stays. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { judge } from '../../src/core/classify.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { agendaOf } from '../../src/core/schedule.ts';
import { isSlow } from '../../src/core/usual.ts';
import type { Life } from './life.ts';
import { NOON, SLOW_MS, USUAL_MS, faultIn, newLife, only, wellLife } from './life.ts';
import { traced } from './traces.ts';
import { PLENTY } from './observations.ts';

const usualMs = ({ state }: Life) => Math.exp(state.belief?.latency.logMs ?? 0);

/** A canary that took so long, judged as the daemon judges it, in the light of what is usual at that moment. */
function make(life: Life, at: number, totalMs: number): string {
  const trace = traced({ phasesMs: { generate: totalMs } });
  const verdict = judge(trace, life.state, DEFAULT_POLICY);
  life.run(at, verdict.is === 'slow' ? 'slow' : 'pass', totalMs, { verdict });
  return life.state.health;
}

describe('the first good video', () => {
  it.each([SECOND, 90 * SECOND, 20 * MINUTE])(
    'says what is usual, whatever was guessed: %d ms',
    (totalMs) => {
      const life = newLife();
      make(life, NOON, totalMs);

      expect(usualMs(life)).toBeCloseTo(totalMs, 0);
      expect(life.state).toMatchObject({ health: 'healthy', signs: [{ seen: { kind: 'canary' } }] });
      expect(make(life, NOON + HOUR, totalMs * 1.3)).toBe('healthy');
    },
  );

  it('says it after failures too', () => {
    const life = newLife();
    life.run(NOON, 'unavailable');
    make(life, NOON + MINUTE, 10 * MINUTE);

    expect(usualMs(life)).toBeCloseTo(10 * MINUTE, 0);
  });
});

describe('what is usual', () => {
  it('is not moved by failures, nor by a run whose time is not known', () => {
    const life = wellLife();
    const before = usualMs(life);
    for (const said of ['unavailable', 'bad_output', 'rate_limited', 'auth', 'moderated'] as const)
      life.run(NOON, said, 900_000);
    life.run(NOON + MINUTE, 'pass', null);
    life.run(NOON + 2 * MINUTE, 'pass', 0);

    expect(usualMs(life)).toBeCloseTo(before, 0);
  });

  it.each([
    ['ten minutes', 10 * MINUTE, MINUTE, 1.05],
    ['a day of looking every minute', DAY, MINUTE, 1.75],
    ['a day of looking every hour', DAY, HOUR, 1.75],
  ])('is not made of slowness after %s', (_time, lengthMs, everyMs, factorMax) => {
    const life = wellLife();
    for (let at = 0; at < lengthMs; at += everyMs) life.run(NOON + at, 'slow', SLOW_MS);

    expect(usualMs(life)).toBeLessThan(USUAL_MS * factorMax);
  });

  it('follows a provider that slowly changes, and never calls it slow', () => {
    const life = wellLife();
    const healths = new Set<string>();
    for (let hour = 0; hour < 60 * 24; hour++)
      healths.add(make(life, NOON + hour * HOUR, USUAL_MS * 2 ** (hour / (30 * 24))));

    expect([...healths]).toEqual(['healthy']);
    expect(usualMs(life)).toBeGreaterThan(3 * USUAL_MS);
  });

  it('is the new speed at once where a provider gets faster, and nobody is told', () => {
    const life = wellLife();
    for (let hour = 0; hour < 24 * 14; hour++) make(life, NOON + hour * HOUR, USUAL_MS / 5);

    expect(life.told).toEqual([]);
    expect(faultIn(life)).toBeLessThan(0.01);
    expect(usualMs(life)).toBeLessThan(USUAL_MS / 2);
  });

  it('is three times slower for good: degraded within the hour, and healthy again within about a week', () => {
    const life = wellLife();
    const everyMs = 30 * MINUTE;
    let at = NOON;
    const isOver = () => life.told.some(({ type }) => type === 'incident.closed');
    for (; at < NOON + 14 * DAY && !isOver(); at += 5 * MINUTE) {
      const present = { at, state: life.state, schedule: { everyMs }, staleMs: everyMs, isQuiet: false };
      const asked = { ...present, flying: [], running: [], affordable: () => 1, lookBudget: () => PLENTY };
      const { count } = agendaOf(asked, DEFAULT_POLICY.detection);
      for (let n = 0; n < count; n++) make(life, at + n, SLOW_MS);
      life.look(at + MINUTE);
    }

    const { incident } = only(life.told, 'incident.opened');
    expect(incident).toMatchObject({ worst: 'degraded', cause: 'slow' });
    expect(incident.detectedAt - NOON).toBeLessThan(HOUR);
    expect((at - NOON) / DAY).toBeGreaterThan(1);
    expect((at - NOON) / DAY).toBeLessThan(8);
    expect(life.state.health).toBe('healthy');
    expect(usualMs(life)).toBeGreaterThan(2 * USUAL_MS);
  });

  it.each([5 * MINUTE, 30 * MINUTE, 2 * HOUR])(
    'becomes what has been for two weeks, also of a target that nobody confirms: a canary each %d ms',
    (everyMs) => {
      const life = wellLife();
      for (let after = 0; after < 14 * DAY; after += everyMs) make(life, NOON + after, SLOW_MS);

      expect(life.state).toMatchObject({ health: 'healthy', incident: null });
      expect(faultIn(life)).toBeLessThan(0.03);
      expect(usualMs(life)).toBeGreaterThan(2 * USUAL_MS);
    },
  );

  it('of a canary a day speaks of slowness before it learns it', () => {
    const life = newLife();
    for (let day = 0; day < 30; day++) make(life, NOON + day * DAY, USUAL_MS);
    const before = faultIn(life);
    life.run(NOON + 30 * DAY, 'slow', SLOW_MS);

    expect(faultIn(life)).toBeGreaterThan(5 * before);
    expect(life.state.belief?.lastBadAt).toBe(NOON + 30 * DAY);
  });
});

it('calls nothing slow that is faster than usual, whatever the usual and its spread', () => {
  const { belief } = DEFAULT_POLICY.detection;
  const durations = fc.array(fc.integer({ min: SECOND, max: HOUR }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(durations, fc.double({ min: 0.001, max: 1, noNaN: true }), (all, share) => {
      const life = newLife();
      all.forEach((totalMs, n) => life.run(NOON + n * HOUR, 'pass', totalMs));
      const known = life.state.belief!;

      expect(isSlow(known, Math.max(1, share * usualMs(life)), belief)).toBe(false);
    }),
  );
});
