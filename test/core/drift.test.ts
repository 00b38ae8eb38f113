/** A router that others write to is told of twice: when it begins, and when it is over. */

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { Drift } from '../../src/core/drift.ts';
import { driftAfter, SETTLED_MS, SETTLED_READINGS, shortened, WHAT_MAX } from '../../src/core/drift.ts';

const NOON = Date.parse('2026-11-21T12:00:00Z');
const EVERY_MS = 30 * SECOND;

/** Readings half a minute apart, `x` where the router differs, `.` where it is in step; gives back `minute tale`. */
function tell(readings: string, everyMs = EVERY_MS): string[] {
  let drift: Drift | null = null;
  return readings.split('').flatMap((sign, n) => {
    const at = NOON + n * everyMs;
    const step = driftAfter(drift, sign === 'x' ? 'differs' : 'same', at);
    drift = step.drift;
    return step.tale === null ? [] : [`${(at - NOON) / MINUTE} ${step.tale}`];
  });
}

describe('a drift', () => {
  it.each([
    ['is nothing where the router is in step', '......', []],
    ['is told when it begins', '..x', ['1 drifted']],
    ['is told once, though somebody writes every half minute for an hour', 'x'.repeat(120), ['0 drifted']],
    ['is not over before ten minutes', `x${'.'.repeat(19)}`, ['0 drifted']],
    ['is over after ten minutes', `x${'.'.repeat(20)}..`, ['0 drifted', '10 settled']],
    ['counts the ten minutes anew', `x${'.'.repeat(15)}x${'.'.repeat(20)}`, ['0 drifted', '18 settled']],
    ['that begins again is told again', `x${'.'.repeat(20)}x`, ['0 drifted', '10 settled', '10.5 drifted']],
  ])('%s', (_what, readings, tales) => {
    expect(tell(readings)).toEqual(tales);
  });

  it('is not over while the router was hardly asked', () => {
    const few = '.'.repeat(SETTLED_READINGS - 1);

    expect(tell(`x${few}`, SETTLED_MS)).toEqual(['0 drifted']);
    expect(tell(`x${few}.`, SETTLED_MS)).toHaveLength(2);
  });

  it('keeps since when, when last, and how often', () => {
    const readings: ('differs' | 'same')[] = ['differs', 'same', 'differs', 'same', 'same'];
    const drift = readings.reduce<Drift | null>(
      (before, is, n) => driftAfter(before, is, NOON + n * MINUTE).drift,
      null,
    );

    expect(drift).toEqual({ since: NOON, lastAt: NOON + 2 * MINUTE, times: 2, sames: 2 });
  });

  it('begins and ends by turns, and is never over sooner than its time', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('x', '.', '.......'), { maxLength: 200 }), (parts) => {
        const tales = tell(parts.join(''));

        tales.forEach((tale, n) => expect(tale).toMatch(n % 2 === 0 ? /drifted$/ : /settled$/));
        const minutes = tales.map((tale) => Number.parseFloat(tale));
        const lengths = minutes.flatMap((at, n) => (n % 2 === 1 ? at - (minutes[n - 1] ?? 0) : []));
        expect(Math.min(...lengths)).toBeGreaterThanOrEqual(SETTLED_MS / MINUTE);
      }),
    );
  });
});

it('of a thousand differences the first are kept, cut to size, and the others counted', () => {
  const what = Array.from({ length: 1_000 }, (_, n) => `${n} ${'x'.repeat(500)}`);

  expect(shortened(what)).toHaveLength(WHAT_MAX + 1);
  expect(shortened(what).at(-1)).toBe('and 980 more');
  expect(Math.max(...shortened(what).map(({ length }) => length))).toBe(300);
  expect(shortened(['one'])).toEqual(['one']);
});
