import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { cronPerDay, forecast } from '../../src/config/cost.ts';
import { cronMatches } from '../../src/system/cron.ts';
import { GOOD, loaded } from './fakes.ts';

describe('forecast', () => {
  it('says what each target costs a day, of which budget, at which price', () => {
    const text = GOOD.replace(
      'alerts:',
      "  - { provider: toy, model: grand, cron: '0 0 */4 * * *' }\n  - { provider: toy, model: old }\nalerts:",
    );

    const { targets, providers, total } = forecast(loaded(text));

    expect(targets.map((one) => [one.target, one.schedule, one.canariesPerDay, one.usdPerDay])).toEqual([
      ['toy/swift', '30m', 48, 11.52],
      ['toy/grand', '0 0 */4 * * *', 6, 1.44],
      ['toy/old', '30m', 0, 0],
    ]);
    // Half a gap and two generations of a minute and a half.
    expect(targets.map((one) => one.detectMs)).toEqual([18 * MINUTE, 123 * MINUTE, null]);
    expect(targets[0]?.priceFrom).toBe('toy.example/pricing (2026-11-01)');
    expect(providers[0]?.usdPerDay).toBeCloseTo(12.96);
    expect(total).toEqual({ usdPerDay: providers[0]?.usdPerDay, budgetUsd: 20 });
  });
});

describe('cronPerDay', () => {
  it.each([
    ['* * * * * *', 86_400],
    ['*/10 * * * * *', 8_640],
    ['0 */30 * * * *', 48],
    ['0 0,30 8-17 * * *', 20],
    ['0 5/10 * * * *', 144],
    ['0 30 */6 * * *', 4],
    ['0 0 3 * * *', 1],
    ['0 10-50/20 0-23/12 * * *', 6],
  ])('counts %s as %i', (expression, count) => {
    expect(cronPerDay(expression)).toBe(count);
  });

  it('agrees with the cron that will run it', () => {
    const field = (size: number) =>
      fc.oneof(
        fc.constant('*'),
        fc.integer({ min: 1, max: size - 1 }).map((n) => `*/${n}`),
        fc.uniqueArray(fc.nat(size - 1), { minLength: 1, maxLength: 4 }).map((list) => list.join(',')),
        fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    fc.assert(
      fc.property(field(60), field(24), (minute, hour) => {
        const expression = `0 ${minute} ${hour} * * *`;
        const matches = cronMatches(expression);
        const start = Date.parse('2026-11-21T00:00:00Z');
        const due = Array.from({ length: 1_440 }, (_, i) => start + i * 60_000).filter(matches);

        expect(cronPerDay(expression)).toBe(due.length);
      }),
      { numRuns: 20 },
    );
  });
});
