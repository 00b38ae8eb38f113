import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { dueOf, runIdOf, slotAt } from '../../src/core/schedule.ts';
import { ID, NOON } from './life.ts';
import { stateIn } from './routes.ts';

const EVERY = 10 * MINUTE;
const SLOT = slotAt(ID, EVERY, NOON);

const anyTarget = fc.string({ minLength: 1, maxLength: 40 });
const anyEvery = fc.integer({ min: SECOND, max: 24 * HOUR });
const anyTime = fc.integer({ min: 0, max: NOON * 2 });

describe('a slot', () => {
  it('is the newest one at or before now', () => {
    fc.assert(
      fc.property(anyTarget, anyEvery, anyTime, (target, everyMs, now) => {
        const slot = slotAt(target, everyMs, now);

        expect(slot).toBeLessThanOrEqual(now);
        expect(slot).toBeGreaterThan(now - everyMs);
        expect(Number.isInteger(slot)).toBe(true);
      }),
    );
  });

  it('never goes back', () => {
    fc.assert(
      fc.property(anyTarget, anyEvery, anyTime, fc.nat(48 * HOUR), (target, everyMs, now, laterMs) => {
        expect(slotAt(target, everyMs, now + laterMs)).toBeGreaterThanOrEqual(slotAt(target, everyMs, now));
      }),
    );
  });

  it('comes once in every interval: the next begins exactly one interval after it', () => {
    fc.assert(
      fc.property(anyTarget, anyEvery, anyTime, (target, everyMs, now) => {
        const slot = slotAt(target, everyMs, now);

        expect(slotAt(target, everyMs, slot)).toBe(slot);
        expect(slotAt(target, everyMs, slot + everyMs - 1)).toBe(slot);
        expect(slotAt(target, everyMs, slot + everyMs)).toBe(slot + everyMs);
      }),
    );
  });

  it('is spread: of a hundred targets about ten begin in each tenth of the interval', () => {
    const perTenth = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 100; n++) {
      perTenth[Math.floor((slotAt(`acme/model-${n}`, HOUR, NOON) % HOUR) / (HOUR / 10))]! += 1;
    }

    expect(Math.min(...perTenth)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...perTenth)).toBeLessThanOrEqual(18);
  });

  it('names its run', () => {
    expect(runIdOf('kling/kling-3.0@eu', NOON)).toBe(`kling/kling-3.0@eu@${NOON}`);
  });
});

const ran = (at: number) => ({ lastRun: { id: 'r', at, verdict: 'pass' as const, totalMs: 1 } });

describe('what is due', () => {
  it.each([
    ['a target that never ran', {}, { slot: SLOT, why: 'slot' }],
    ['one whose last run ended before its slot', ran(SLOT - 1), { slot: SLOT, why: 'slot' }],
    ['one whose last run ended in its slot', ran(SLOT), null],
    [
      'one that is blind',
      { blind: { cause: 'auth', since: 0, text: '', by: 'run' } },
      { slot: SLOT, why: 'slot' },
    ],
  ] as const)('of the schedule for %s: %j', (_what, change, expected) => {
    expect(dueOf(stateIn(ID, 'healthy', change), EVERY, NOON)).toEqual(expected);
  });

  it.each([
    ['whose time has come', NOON, { slot: NOON, why: 'confirm' }],
    ['that is overdue', NOON - HOUR, { slot: NOON - HOUR, why: 'confirm' }],
    ['that is still to come, which the schedule waits for', NOON + 1, null],
  ] as const)('is the extra canary %s', (_what, at, expected) => {
    const state = stateIn(ID, 'suspect', { probe: { at, why: 'confirm' } });

    expect(dueOf(state, EVERY, NOON)).toEqual(expected);
    expect(dueOf(state, null, NOON)).toEqual(expected);
  });

  it('is nothing for a retired target, not even the extra canary', () => {
    expect(dueOf(stateIn(ID, 'retired'), EVERY, NOON)).toBeNull();
    expect(dueOf(stateIn(ID, 'retired', { probe: { at: 0, why: 'recover' } }), EVERY, NOON)).toBeNull();
  });

  it('is nothing without an interval: its own cron says when', () => {
    expect(dueOf(stateIn(ID, 'healthy'), null, NOON)).toBeNull();
  });

  it('is served once: a run that ends after its slot began leaves nothing due until the next', () => {
    fc.assert(
      fc.property(anyEvery, anyTime, fc.nat(), (everyMs, now, lateMs) => {
        const due = dueOf(stateIn(ID, 'healthy'), everyMs, now);
        const slot = slotAt(ID, everyMs, now);
        const after = stateIn(ID, 'healthy', ran(slot + (lateMs % everyMs)));

        expect(due).toEqual({ slot, why: 'slot' });
        expect(dueOf(after, everyMs, now)).toBeNull();
        expect(dueOf(after, everyMs, slot + everyMs)).toEqual({ slot: slot + everyMs, why: 'slot' });
      }),
    );
  });
});
