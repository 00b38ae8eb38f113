import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_DETECTION } from '../../src/core/detection.ts';
import type { Sight } from '../../src/core/ourselves.ts';
import { FRESH_SIGHT, forgetOurs, isFrozen, onProbe } from '../../src/core/ourselves.ts';
import type { Observation } from '../../src/core/observation.ts';
import { isFailedProbe } from '../../src/core/observation.ts';
import { after, canary, fresh, freeCheck, NOT_TAKEN, OK, report, T0 } from './observations.ts';

const policy = DEFAULT_DETECTION.ourselves;

/** Probes a second apart: `+` answers, `-` does not; each letter another provider. */
function probe(pattern: string, sight: Sight = FRESH_SIGHT, areControlsFine = true, from = T0): Sight {
  return pattern
    .split('')
    .reduce(
      (now, sign, k) =>
        onProbe(
          now,
          { at: from + k * SECOND, provider: `p${k}`, failed: sign === '-', areControlsFine },
          policy,
        ).sight,
      sight,
    );
}

describe('sight', () => {
  it.each([
    ['one of five fails', '++++-', false],
    ['two of five fail', '+++--', false],
    ['three of five fail', '++---', true],
    ['all of three fail, which are too few to tell', '---', false],
    ['all of four fail', '----', true],
  ])('%s', (_, pattern, frozen) => {
    expect(isFrozen(probe(pattern), T0 + 5 * SECOND)).toBe(frozen);
  });

  it('is lost at once when the control targets do not answer, and comes back by itself', () => {
    const { sight, froze } = onProbe(
      FRESH_SIGHT,
      { at: T0, provider: 'kling', failed: true, areControlsFine: false },
      policy,
    );

    expect(froze).toBe(true);
    expect(isFrozen(sight, T0 + policy.freezeMs - 1)).toBe(true);
    expect(isFrozen(sight, T0 + policy.freezeMs)).toBe(false);
  });

  it('is not lost where a probe is answered, whatever the control targets do', () => {
    expect(isFrozen(probe('+', FRESH_SIGHT, false), T0)).toBe(false);
  });

  it('is not lost by an answer: one more provider that is known makes no failure of those before', () => {
    const few = probe('---');
    const { sight, froze } = onProbe(
      few,
      { at: T0 + 5 * SECOND, provider: 'kling', failed: false, areControlsFine: true },
      policy,
    );

    expect([sight.isMass, froze]).toEqual([false, false]);
  });

  it('stays lost until clearly fewer fail: it does not flicker', () => {
    const lost = probe('-----');
    const half = probe('++---', lost, true, T0 + 10 * SECOND);
    const most = probe('++++-', lost, true, T0 + 10 * SECOND);

    expect([lost.isMass, half.isMass, most.isMass]).toEqual([true, true, false]);
  });

  it('does not count what was seen long ago', () => {
    const old = probe('-----');
    const { sight } = onProbe(
      old,
      { at: T0 + 10 * MINUTE, provider: 'p0', failed: true, areControlsFine: true },
      policy,
    );

    expect(sight.isMass).toBe(false);
  });

  it('counts providers on one upstream once', () => {
    let sight = FRESH_SIGHT;
    for (let k = 0; k < 9; k++) {
      sight = onProbe(
        sight,
        { at: T0, provider: 'cloud', failed: true, areControlsFine: true },
        policy,
      ).sight;
    }

    expect(Object.keys(sight.probes)).toEqual(['cloud']);
    expect(isFrozen(sight, T0)).toBe(false);
  });
});

describe('a probe of ours', () => {
  it.each<[string, Observation, boolean]>([
    ['a free check without an answer', freeCheck(T0, 'fail'), true],
    ['a canary that was not taken', canary(T0, NOT_TAKEN), true],
    ['a free check that is fine', freeCheck(T0, 'ok'), false],
    ['an answer about our key', freeCheck(T0, 'auth'), false],
    ['a good canary', canary(T0, OK), false],
    ["a user's failure, which came by another way", report(T0, NOT_TAKEN, 'ann'), false],
  ])('%s', (_, seen, failed) => {
    expect(isFailedProbe(seen)).toBe(failed);
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
