import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND, clamp, fraction, invariant, unreachable } from '../../src/core/base.ts';

it('counts time in milliseconds', () => {
  expect([SECOND, MINUTE, HOUR, DAY]).toEqual([1_000, 60_000, 3_600_000, 86_400_000]);
});

it('lets a kept promise pass and stops at a broken one, saying which', () => {
  expect(() => invariant(true, 'one payer per slot')).not.toThrow();
  expect(() => invariant(0, 'one payer per slot')).toThrow('invariant broken: one payer per slot');
});

it('stops where the compiler was told that nobody comes', () => {
  expect(() => unreachable({ type: 'new.event' } as never)).toThrow(
    'invariant broken: unexpected {"type":"new.event"}',
  );
});

// A change of this hash moves every slot and every retry of a running installation at once. The values were computed
// by another program from the same two published algorithms.
it.each([
  ['', 0.6689221884589642],
  ['foobar', 0.04708330985158682],
  ['acme/one', 0.03618404292501509],
  ['acme/two', 0.9975516779813915],
])('draws from %j always the same fraction', (text, expected) => {
  expect(fraction(text)).toBeCloseTo(expected, 12);
});

it('draws fractions in [0, 1)', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const drawn = fraction(text);

      expect(drawn).toBeGreaterThanOrEqual(0);
      expect(drawn).toBeLessThan(1);
      expect(fraction(text)).toBe(drawn);
    }),
  );
});

it.each([
  ['names that differ in one letter', (n: number) => `kling/kling-${n}`],
  ['keys that end in a counter', (n: number) => `acme/one#17.0/slack~${n}`],
  ['very short texts', (n: number) => String.fromCharCode(n)],
])('spreads %s evenly', (_what, name) => {
  const bins = Array.from({ length: 10 }, () => 0);
  for (let n = 0; n < 1_000; n++) bins[Math.floor(fraction(name(n)) * 10)]! += 1;

  expect(Math.min(...bins)).toBeGreaterThan(60);
  expect(Math.max(...bins)).toBeLessThan(140);
});

it.each([
  [5, 5],
  [-1, 0],
  [11, 10],
  [Infinity, 10],
])('clamps %d into 0..10 as %d', (value, expected) => {
  expect(clamp(value, 0, 10)).toBe(expected);
});
