import { describe, expect, it } from 'vitest';
import { DAY, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import type { Controls, Sight } from '../../src/core/ourselves.ts';
import { forgetOurs, freshSight, isFrozen, onProbe } from '../../src/core/ourselves.ts';
import { after, canary, fresh, freeCheck, NOT_TAKEN, T0 } from './observations.ts';

const policy = DEFAULT_DETECTION.ourselves;

const FRESH = freshSight(5, T0 - DAY);

/** Probes a second apart: `+` answers, `-` cannot be reached; each letter another provider. */
function probe(pattern: string, sight: Sight = FRESH, controls: Controls = 'unknown', from = T0): Sight {
  return pattern
    .split('')
    .reduce(
      (now, sign, k) =>
        onProbe(now, { at: from + k * SECOND, provider: `p${k}`, isReached: sign === '+', controls }, policy)
          .sight,
      sight,
    );
}

describe('without control targets', () => {
  it.each([
    ['one of five fails', '++++-', false],
    ['two of five fail', '+++--', false],
    ['three of five fail', '++---', true],
    ['all of three fail, which are too few to tell', '---', false],
    ['all of four fail', '----', true],
  ])('%s', (_, pattern, frozen) => {
    expect(isFrozen(probe(pattern), T0 + 5 * SECOND)).toBe(frozen);
  });

  it('an answer ends no calm: one more provider that is known makes no failure of those before', () => {
    const { sight, lost } = onProbe(
      probe('---'),
      { at: T0 + 5 * SECOND, provider: 'kling', isReached: true, controls: 'unknown' },
      policy,
    );

    expect([sight.isLost, lost]).toEqual([false, false]);
  });

  it('stays lost until clearly fewer fail: it does not flicker', () => {
    const lost = probe('-----');
    const half = probe('++---', lost, 'unknown', T0 + 10 * SECOND);
    const most = probe('++++-', lost, 'unknown', T0 + 10 * SECOND);

    expect([lost.isLost, half.isLost, most.isLost]).toEqual([true, true, false]);
  });

  it('what was seen long ago does not count', () => {
    const old = probe('---');
    const { lost } = onProbe(
      old,
      { at: T0 + 10 * MINUTE, provider: 'p3', isReached: false, controls: 'unknown' },
      policy,
    );

    expect(lost).toBe(false);
  });

  it('right after a start, those that nobody has heard of yet count as reached', () => {
    expect(probe('-------', freshSight(27, T0)).isLost).toBe(false);
    expect(probe('-'.repeat(17), freshSight(27, T0)).isLost).toBe(true);
  });

  it('providers on one upstream count once', () => {
    let sight = FRESH;
    for (let k = 0; k < 9; k++) {
      const probed = { at: T0, provider: 'cloud', isReached: false, controls: 'unknown' as const };
      sight = onProbe(sight, probed, policy).sight;
    }

    expect(Object.keys(sight.probes)).toEqual(['cloud']);
    expect(isFrozen(sight, T0)).toBe(false);
  });
});

describe('with control targets', () => {
  it('is lost at once when they do not answer either, and failures count again after a while', () => {
    const { sight, lost } = onProbe(
      FRESH,
      { at: T0, provider: 'kling', isReached: false, controls: 'silent' },
      policy,
    );

    expect(lost).toBe(true);
    expect(isFrozen(sight, T0 + policy.freezeMs - 1)).toBe(true);
    expect(isFrozen(sight, T0 + policy.freezeMs)).toBe(false);
  });

  it.each([
    ['a share of those that fail says nothing while they answer', '+----', 'answer', false],
    ['all fail although they answer', '-----', 'answer', true],
    ['a provider is reached, whatever they do', '+', 'silent', false],
  ] as const)('%s', (_, pattern, controls, isLost) => {
    expect(probe(pattern, FRESH, controls).isLost).toBe(isLost);
  });

  it.each([
    ['they answer again, although the provider still fails', false, 'answer'],
    ['a provider is reached', true, 'answer'],
  ] as const)('is over when %s', (_, isReached, controls) => {
    const lost = probe('-', FRESH, 'silent');
    const { sight, restored } = onProbe(
      lost,
      { at: T0 + MINUTE, provider: 'p0', isReached, controls },
      policy,
    );

    expect([sight.isLost, restored]).toEqual([false, true]);
  });
});

describe('what our own network made us believe', () => {
  const suspected = after([freeCheck(T0 + MINUTE, 'fail'), canary(T0 + 90 * SECOND, NOT_TAKEN)]);

  it('is taken back', () => {
    const belief = forgetOurs(suspected, T0 + 2 * MINUTE, policy);

    expect(belief.probabilities).toEqual(suspected.calm);
    expect(belief).toMatchObject({ troubleSince: null, badGenerations: 0, freeCheckFailingSince: null });
  });

  it.each([
    ['trouble that began long before', suspected, T0 + 10 * MINUTE],
    ['a target without trouble', fresh(), T0 + MINUTE],
    ['an alert', after([1, 2, 3].map((k) => canary(T0 + k * MINUTE, NOT_TAKEN))), T0 + 4 * MINUTE],
  ])('leaves alone %s', (_, belief, at) => {
    expect(forgetOurs(belief, at, policy)).toBe(belief);
  });
});
