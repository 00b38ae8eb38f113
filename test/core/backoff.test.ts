import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextAttemptAt } from '../../src/core/backoff.ts';
import { DAY, MINUTE, SECOND } from '../../src/core/base.ts';
import { NOON } from './life.ts';

const KINDS = ['story', 'push'] as const;
const failed = (attempts: number, change: { key?: string; afterMs?: number | null } = {}) => ({
  now: NOON,
  attempts,
  key: 'acme/one#17.0/slack',
  afterMs: null,
  ...change,
});

/** Each is the middle of a range of a quarter either way. */
it.each([
  ['story', [5, 15, 30, 60, 60, 60, 60, 60]],
  ['push', [1, 5, 15, 60, 60, 60, 60, 60]],
] as const)('waits longer after each failed %s: about %j seconds', (kind, waitsS) => {
  waitsS.forEach((waitS, n) => {
    const waits = Array.from(
      { length: 200 },
      (_, k) => nextAttemptAt(kind, failed(n + 1, { key: `${k}` })) - NOON,
    );
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;

    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0.75 * waitS * SECOND);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1.25 * waitS * SECOND);
    expect(Math.abs(mean / (waitS * SECOND) - 1)).toBeLessThan(0.05);
  });
});

it.each<[what: string, attempts: number, afterMs: number, waitMs: number]>([
  ['is longer than our own wait', 1, 5 * MINUTE, 5 * MINUTE],
  ['is absurd, to ten minutes', 1, 30 * DAY, 10 * MINUTE],
  ['knows no end, to ten minutes', 1, Infinity, 10 * MINUTE],
])('obeys a receiver whose wish %s', (_what, attempts, afterMs, waitMs) => {
  for (const kind of KINDS) expect(nextAttemptAt(kind, failed(attempts, { afterMs })) - NOON).toBe(waitMs);
});

it.each([0, -MINUTE, 1])('keeps its own wait where a receiver asks for %d ms', (afterMs) => {
  expect(nextAttemptAt('story', failed(3, { afterMs }))).toBe(nextAttemptAt('story', failed(3)));
});

describe('whatever has failed', () => {
  const anyKey = fc.string({ maxLength: 60 });
  const anyKind = fc.constantFrom(...KINDS);

  it('the next attempt is bounded, later than now, and the same in every replay', () => {
    const afterMs = fc.option(fc.integer({ min: -DAY, max: 10 * DAY }));
    fc.assert(
      fc.property(anyKind, anyKey, fc.nat(1_000_000), afterMs, (kind, key, attempts, afterMs) => {
        const at = nextAttemptAt(kind, failed(attempts, { key, afterMs }));

        expect(at).toBeGreaterThan(NOON);
        expect(at).toBeLessThanOrEqual(NOON + 10 * MINUTE);
        expect(Number.isInteger(at)).toBe(true);
        expect(nextAttemptAt(kind, failed(attempts, { key, afterMs }))).toBe(at);
      }),
    );
  });

  it('a later attempt never waits less than an earlier one, but for the jitter of the longest wait', () => {
    fc.assert(
      fc.property(anyKind, anyKey, fc.integer({ min: 1, max: 50 }), (kind, key, attempts) => {
        const one = nextAttemptAt(kind, failed(attempts, { key })) - NOON;
        const next = nextAttemptAt(kind, failed(attempts + 1, { key })) - NOON;

        expect(next).toBeGreaterThanOrEqual(one * (0.75 / 1.25) - 1);
      }),
    );
  });
});
