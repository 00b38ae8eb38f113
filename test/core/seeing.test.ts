import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import { INDEX } from '../../src/core/explanations.ts';
import type { Cause } from '../../src/core/model.ts';
import { planRoute } from '../../src/core/weights.ts';
import { ID, NOON, newLife, type Life } from './life.ts';

const fault = (life: Life) => faultOf(life.state.belief?.probabilities ?? []);
const share = (life: Life, name: keyof typeof INDEX) => life.state.belief?.probabilities[INDEX[name]] ?? 0;

/** A target that has made good videos every hour for half a day. */
function known(): Life {
  const life = newLife();
  for (let n = 12; n > 0; n--) life.run(NOON - n * HOUR, 'pass', 60_000);
  return life;
}

describe('belief of a target', () => {
  it('is not there before anything was seen', () => {
    expect(newLife().state.belief).toBeNull();
  });

  it('holds a fault unlikely while good videos come', () => {
    expect(fault(known())).toBeLessThan(0.01);
  });

  it.each<Cause>(['unavailable', 'overloaded', 'timeout', 'garbled', 'job_lost', 'bad_output'])(
    'turns to a fault with each canary that fails: %s',
    (cause) => {
      const life = known();
      const faults = [0, 1, 2, 3].map((n) => {
        life.run(NOON + n * MINUTE, cause);
        return fault(life);
      });

      expect(faults).toEqual(faults.toSorted((a, b) => a - b));
      expect(faults[0]).toBeGreaterThan(0.03);
      expect(faults[3]).toBeGreaterThan(0.95);
    },
  );

  it.each<Cause>(['auth', 'no_access', 'no_credit', 'bad_request', 'unreachable', 'model_missing'])(
    'is not moved against the provider by what is ours: %s',
    (cause) => {
      const life = newLife();
      life.run(NOON, cause);
      life.run(NOON + MINUTE, cause);

      expect(fault(life)).toBeLessThan(0.01);
    },
  );

  it.each<Cause>(['rate_limited', 'unknown_status', 'not_inspected', 'interrupted'])(
    'is not moved by what says nothing: %s',
    (cause) => {
      const life = known();
      const before = life.state;
      life.run(NOON, cause);

      expect(life.state.signs).toBe(before.signs);
      expect(life.state.belief?.canary).toEqual(before.belief?.canary);
      expect(fault(life)).toBeLessThan(0.002);
    },
  );

  it('turns to refusal where every prompt is refused', () => {
    const life = known();
    for (let n = 0; n < 4; n++) life.run(NOON + n * MINUTE, 'moderated');

    expect(share(life, 'refusing')).toBeGreaterThan(0.9);
  });

  it('turns to the API where free checks fail with the canaries', () => {
    const life = known();
    life.check(NOON, 'unavailable');
    life.run(NOON + 10_000, 'unavailable');
    life.check(NOON + 20_000, 'unavailable');
    life.run(NOON + 30_000, 'unavailable');

    expect(share(life, 'api_down')).toBeGreaterThan(0.9);
  });

  it('takes a free check that finds all well for no news, until something is suspected', () => {
    const life = known();
    life.check(NOON, 'pass');
    const { state } = life;
    life.check(NOON + MINUTE, 'pass');
    expect(life.state).toBe(state);

    life.run(NOON + 2 * MINUTE, 'unavailable');
    const before = fault(life);
    life.check(NOON + 2 * MINUTE + 15_000, 'pass');

    expect(fault(life)).toBeLessThan(before);
  });

  it('says by what factor each sign moved the odds, the newest first', () => {
    const life = known();
    life.run(NOON, 'unavailable');
    life.run(NOON + MINUTE, 'pass', 60_000);

    const [good, bad] = life.state.signs;
    expect([good?.seen.at, bad?.seen.at]).toEqual([NOON + MINUTE, NOON]);
    expect(bad?.factor).toBeGreaterThan(5);
    expect(good?.factor).toBeLessThan(1);
    expect(life.state.signs.length).toBeLessThanOrEqual(12);
  });

  it('counts free checks that say the same as one sign, and how many they were', () => {
    const life = known();
    for (let n = 0; n < 4; n++) life.check(NOON + n * 15_000, 'unavailable');
    life.check(NOON + MINUTE, 'overloaded');

    const [newest, older] = life.state.signs;
    expect([newest?.times, older?.times]).toEqual([1, 4]);
    expect(older?.factor).toBeGreaterThan(100);
  });

  it('keeps the twelve newest signs', () => {
    const life = newLife();
    for (let n = 0; n < 40; n++) life.run(NOON + n * HOUR, 'pass');

    expect(life.state.signs).toHaveLength(12);
    expect(life.state.signs[0]?.seen.at).toBe(NOON + 39 * HOUR);
  });

  it('notes when canaries were started, so that no hour holds too many', () => {
    const life = newLife();
    for (let n = 0; n < 40; n++)
      life.run(NOON + n * MINUTE, 'pass', 30_000, { submittedAt: NOON + n * MINUTE - 30_000 });

    expect(life.state.belief?.bursts).toHaveLength(14);
    expect(life.state.belief?.bursts.at(-1)).toBe(NOON + 39 * MINUTE - 30_000);
  });

  it('takes the failure of what was ordered before something good for old news', () => {
    const old = known();
    const late = known();
    for (const life of [old, late]) life.run(NOON, 'pass', 60_000, { submittedAt: NOON - MINUTE });
    old.run(NOON + MINUTE, 'unavailable', null, { submittedAt: NOON - 10 * MINUTE });
    late.run(NOON + MINUTE, 'unavailable', null, { submittedAt: NOON });

    expect(fault(old)).toBeLessThan(fault(late));
    expect(share(old, 'api_down')).toBeLessThan(0.0005);
  });

  it('knows a failure that is billed', () => {
    const life = known();
    life.run(NOON, 'job_lost', null, { isBilled: true });
    life.run(NOON + MINUTE, 'job_lost', null, { isBilled: false });

    expect(life.state.belief?.billedFails).toBe(1);
  });

  it('moves the weight under suspicion before there is any verdict', () => {
    const life = known();
    const weight = () => {
      const route = {
        id: 't2v',
        mode: 'enforce' as const,
        capability: {
          task: 'text-to-video' as const,
          durationsS: [],
          aspectRatios: [],
          resolutions: [],
          audio: false,
        },
        members: [
          { target: ID, baseWeight: 50 },
          { target: 'acme/two', baseWeight: 50 },
        ],
        policy: DEFAULT_ROUTING,
        fallbackContent: [],
      };
      const other = { ...newLife().state, id: 'acme/two' };
      const states = new Map([life.state, other].map((state) => [state.id, state]));
      const moment = { at: NOON, epoch: 1, generation: 1, previous: 0, transition: null };
      return planRoute(route, states, moment).members[0]?.weight ?? 0;
    };
    const healthy = weight();
    life.run(NOON, 'unavailable');
    life.run(NOON + MINUTE, 'unavailable');

    expect(life.state).toMatchObject({ health: 'suspect', incident: null });
    expect(healthy).toBe(50);
    expect(weight()).toBeLessThan(50);
    expect(weight()).toBeGreaterThan(5);
  });
});
