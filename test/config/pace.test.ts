import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY } from '../../src/core/base.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import { pacesOf } from '../../src/config/pace.ts';
import { GOOD, loaded } from './fakes.ts';

const { routineShare } = DEFAULT_DETECTION.demand;
/** A canary of the toy costs 24 cents, one of five seconds 60. */
const LONG = 'canaries: [{ id: long, order: { seconds: 5 } }]\n';

function paces(text: string) {
  return pacesOf(loaded(text)).map((pace) => pace ?? { everyMs: 0, usdPerDay: 0, detectMs: 0 });
}

const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0);

describe('the pace', () => {
  it.each([
    [1, null],
    [5, null],
    [60, null],
    [5, 0.5],
    [5, 0],
  ])('of auto spends what a budget of $%d leaves to routine, with a reserve of %s', (perDay, reserve) => {
    const text = reserve === null ? '' : `, reserve: ${reserve}`;

    const [only] = paces(`${GOOD}budget: { perDay: ${perDay}${text} }\n`);

    const share = reserve === null ? routineShare : 1 - reserve;
    expect(only?.usdPerDay).toBeCloseTo(perDay * share, 2);
    expect(((only?.everyMs ?? 0) * (only?.usdPerDay ?? 0)) / DAY).toBeCloseTo(0.24, 6);
  });

  it('is slower for a dearer canary, but by less than its price', () => {
    const text = GOOD.replace('alerts:', '  - { provider: toy, model: grand, canary: long }\nalerts:');

    const [cheap, dear] = paces(`${text}${LONG}budget: { perDay: $40 }\n`);

    const ratio = (dear?.everyMs ?? 0) / (cheap?.everyMs ?? 1);
    expect(ratio).toBeGreaterThan(1.3);
    expect(ratio).toBeLessThan(2.2);
    expect(dear?.detectMs).toBeGreaterThan(cheap?.detectMs ?? Infinity);
  });

  it('stays within the own budget of a provider, and leaves what it may not spend to the others', () => {
    const text = GOOD.replace(
      'targets:',
      '  - { id: other, use: toy, apiKey: "${K:-kkk}" }\ntargets:\n  - { provider: other, model: grand }',
    ).replace('    apiKey', '    budgetPerDay: $2\n    apiKey');

    const [other, toy] = paces(`${text}budget: { perDay: $10 }\n`);

    expect(toy?.usdPerDay).toBeCloseTo(2 * routineShare, 2);
    expect(other?.usdPerDay).toBeCloseTo(8 * routineShare, 1);
  });

  it('leaves alone what is fixed', () => {
    const text = GOOD.replace('alerts:', '  - { provider: toy, model: grand, every: 6h }\nalerts:');

    const [auto, fixed] = paces(`${text}budget: { perDay: $5 }\n`);

    expect(fixed?.everyMs).toBe(DAY / 4);
    expect(fixed?.usdPerDay).toBeCloseTo(0.96);
    expect(auto?.usdPerDay).toBeCloseTo((5 - 0.96) * routineShare, 2);
  });

  it('has a limit, however rich: no second canary while the first is under way', () => {
    const [rich, richer] = ['$100000', '$1000000'].map(
      (perDay) => paces(`${GOOD}budget: { perDay: ${perDay} }\n`)[0],
    );

    expect(rich?.everyMs).toBeGreaterThanOrEqual(90_000);
    expect(richer?.everyMs).toBe(rich?.everyMs);
  });

  it('finds outages sooner for more money, and never plans more than it has', () => {
    const dollars = fc.double({ min: 1.5, max: 2_000, noNaN: true });
    const many = GOOD.replace(
      'alerts:',
      '  - { provider: toy, model: grand }\n  - { provider: toy, model: grand, id: toy/long, canary: long }\nalerts:',
    );
    fc.assert(
      fc.property(dollars, dollars, (a, b) => {
        const [few, more] = [Math.min(a, b), Math.max(a, b)].map((usd) =>
          pacesOf(loaded(`${many}${LONG}budget: { perDay: 5000 }\n`), usd).map(
            (pace) => pace?.usdPerDay ?? 0,
          ),
        );
        expect(sum(few ?? [])).toBeLessThanOrEqual(Math.min(a, b) * routineShare * 1.01);
        expect(sum(more ?? [])).toBeGreaterThanOrEqual(sum(few ?? []) * 0.999);
      }),
      { numRuns: 25 },
    );
  });

  it('is none for a model that has ended', () => {
    expect(pacesOf(loaded(GOOD.replace('model: swift', 'model: old')))).toEqual([null]);
  });
});
