import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import { forecast } from '../../src/config/cost.ts';
import { GOOD, loaded } from './fakes.ts';

describe('forecast', () => {
  it('says what each target costs a day, of which budget, at which price', () => {
    const text = GOOD.replace('model: swift', 'model: swift\n    every: 30m').replace(
      'alerts:',
      "  - { provider: toy, model: grand, cron: '0 0 */4 * * *' }\n  - { provider: toy, model: old }\nalerts:",
    );

    const { targets, providers, total, bought, quietMs } = forecast(loaded(text));

    expect(targets.map((one) => [one.target, one.schedule, one.everyMs])).toEqual([
      ['toy/swift', '30m', 30 * MINUTE],
      ['toy/grand', '0 0 */4 * * *', 4 * HOUR],
      ['toy/old', 'auto', null],
    ]);
    expect(targets.map((one) => one.canariesPerDay)).toEqual([48, 6, 0]);
    // Half a gap and two generations of a minute and a half.
    expect(targets.map((one) => one.detectMs)).toEqual([18 * MINUTE, 123 * MINUTE, null]);
    expect(targets[0]?.priceFrom).toBe('toy.example/pricing (2026-11-01)');
    expect(targets.map(({ usdPerDay }) => usdPerDay.toFixed(6))).toEqual([
      '11.520000',
      '1.440000',
      '0.000000',
    ]);
    expect(providers[0]?.usdPerDay).toBeCloseTo(12.96);
    expect(total).toEqual({ usdPerDay: providers[0]?.usdPerDay, budgetUsd: 20 });
    // What is fixed or has ended does not follow the budget.
    expect({ bought, quietMs }).toEqual({ bought: [], quietMs: 0 });
  });

  it('says what an outage of an hour costs, and how often the budget pays for a look through a day of it', () => {
    const outageOf = (budget: string, model = 'swift') => {
      const { targets } = forecast(
        loaded(`${GOOD.replace('model: swift', `model: ${model}`)}budget: { perDay: ${budget} }\n`),
      );
      return { ...targets[0]?.outage, priceUsd: targets[0]?.facts.costUsd ?? 0 };
    };

    const rich = outageOf('$50');
    const poor = outageOf('$2');

    expect(rich).toMatchObject({ isAffordable: true, everyMs: HOUR });
    expect(rich.canaries).toBeGreaterThan(20);
    expect(rich.usd).toBeCloseTo((rich.canaries ?? 0) * rich.priceUsd);
    expect(poor).toMatchObject({ isAffordable: false, canaries: rich.canaries });
    // A day of looks, for all that the budget has: what is left, and what its routine does not cost then.
    expect((poor.everyMs ?? 0) / HOUR).toBeCloseTo((24 * poor.priceUsd) / 2, 1);
  });

  it('says what more and less money would buy', () => {
    const { targets, bought } = forecast(loaded(`${GOOD}budget: { perDay: $4 }\n`));

    expect(bought.map(({ budgetUsd }) => budgetUsd)).toEqual([4, 8, 2]);
    const [usual = 0, more = 0, less = 0] = bought.map(({ detectMs }) => detectMs);
    expect(usual).toBe(targets[0]?.detectMs);
    expect(more).toBeLessThan(0.7 * usual);
    expect(less).toBeGreaterThan(1.5 * usual);
  });

  it('offers no smaller budget that would not suffice', () => {
    const text = GOOD.replace('alerts:', '  - { provider: toy, model: grand, every: 30m }\nalerts:');

    const { bought } = forecast(loaded(`${text}budget: { perDay: $20 }\n`));

    expect(bought.map(({ budgetUsd }) => budgetUsd)).toEqual([20, 40]);
  });

  it('takes the middle of an even number of targets', () => {
    const text = GOOD.replace('alerts:', '  - { provider: toy, model: grand, every: 6h }\nalerts:');

    const { targets, bought } = forecast(loaded(text));

    const times = targets.map(({ detectMs }) => detectMs ?? 0);
    expect(bought[0]?.detectMs).toBeCloseTo(((times[0] ?? 0) + (times[1] ?? 0)) / 2, 3);
  });

  it('counts quiet hours', () => {
    expect(forecast(loaded(`${GOOD}probe: { quiet: '* * 0-5 * * *' }\n`)).quietMs).toBe(DAY / 4);
  });
});
