import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import { causeOf, judge } from '../../src/core/classify.ts';
import type { UserReport } from '../../src/core/model.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { ID, NOON, newLife, type Life } from './life.ts';
import { failed, traced } from './traces.ts';

const fault = (life: Life) => faultOf(life.state.belief?.probabilities ?? []);
const unread = traced({
  failure: failed({ kind: 'job', phase: 'generate', code: 'X17', message: 'failed: X17' }),
});
const verdictOf = ({ state }: Life, at = NOON) => judge({ ...unread, endedAt: at }, state, DEFAULT_POLICY);

/** A target that has made good videos every hour for half a day. */
function known(): Life {
  const life = newLife();
  for (let n = 12; n > 0; n--) life.run(NOON - n * HOUR, 'pass', 60_000);
  return life;
}

/** Users' jobs of one minute: so many good ones, and a failure of each of these users. */
function jobs(life: Life, at: number, good: number, failing: readonly string[]): void {
  const report = (is: 'ok' | 'fail', reporter: string, n: number): UserReport => ({
    at: at - n * SECOND,
    submittedAt: at - MINUTE - n * SECOND,
    reporter,
    sender: n % 2 === 0 ? 'east' : 'west',
    is,
    ...(is === 'ok' ? { tookMs: MINUTE } : { cause: 'unavailable' as const }),
  });
  const reports = [
    ...failing.map((name, n) => report('fail', name, n)),
    ...Array.from({ length: Math.min(good, 19) }, (_, n) => report('ok', `user ${n}`, n)),
  ];
  life.heard({ at, reports, good, bad: failing.length, spanMs: MINUTE });
}

describe('a failed job whose message nobody can read', () => {
  it('is blamed on nobody', () => {
    expect(causeOf(failed({ kind: 'job', message: 'failed: X17' }))).toBe('unexplained');
    expect(verdictOf(known())).toEqual({ is: 'inconclusive', cause: 'unexplained', text: 'failed: X17' });
  });

  it('moves no belief by itself, however often it comes, but the target is not watched any more then', () => {
    const [life, calm] = [known(), known()];
    for (let n = 0; n < 5; n++) life.run(NOON + n * MINUTE, 'unexplained');

    calm.run(NOON + 4 * MINUTE, 'interrupted');

    expect(fault(life)).toBeLessThan(0.01);
    expect(life.state.health).toBe('healthy');
    expect(life.state.blind).toMatchObject({ cause: 'unexplained' });
  });

  it.each<[what: string, second: (life: Life, at: number) => unknown]>([
    ['free checks fail', (life, at) => life.check(at, 'unavailable')],
    ['another model of the provider takes no orders', (life, at) => life.sibling(at, 'fail')],
    ['a failure that can be read comes', (life, at) => life.run(at, 'timeout')],
    ['a video is bad', (life, at) => life.run(at, 'bad_output')],
  ])('counts, and those before it, once %s', (_, second) => {
    const [life, without] = [known(), known()];
    life.run(NOON, 'unexplained');
    life.run(NOON + MINUTE, 'unexplained');
    second(life, NOON + 2 * MINUTE);
    second(without, NOON + 2 * MINUTE);

    expect(fault(life)).toBeGreaterThan(2 * fault(without));
    expect(life.state.signs.filter(({ by }) => by === `${ID}@${NOON}`)).toHaveLength(1);
    expect(verdictOf(life, NOON + 3 * MINUTE)).toMatchObject({
      is: 'fail',
      cause: 'unavailable',
      blame: 'provider',
    });
  });

  it.each<[what: string, between: (life: Life) => unknown, at: number]>([
    ['a good video came in between', (life) => life.run(NOON + MINUTE, 'pass', 60_000), NOON + 2 * MINUTE],
    ['more than an hour has passed', () => {}, NOON + HOUR + 2 * MINUTE],
  ])('does not count later where %s', (_, between, at) => {
    const [life, without] = [known(), known()];
    life.run(NOON, 'unexplained');
    without.run(NOON, 'interrupted');
    for (const one of [life, without]) {
      between(one);
      one.check(at, 'unavailable');
    }

    expect(fault(life)).toBeCloseTo(fault(without), 6);
  });

  describe.each([0, 1, 2, 4])('with %d of them before', (count) => {
    it.each<[what: string, hear: (life: Life) => unknown]>([
      ['told of with the good ones', (life) => jobs(life, NOON + 10 * MINUTE, 200, ['ann'])],
      [
        'told of before the good ones',
        (life) => {
          jobs(life, NOON + 10 * MINUTE, 0, ['ann']);
          jobs(life, NOON + 11 * MINUTE, 200, []);
        },
      ],
      [
        'told of after the good ones',
        (life) => {
          jobs(life, NOON + 10 * MINUTE, 200, []);
          jobs(life, NOON + 11 * MINUTE, 0, ['ann']);
        },
      ],
    ])('one failure in 200 good jobs changes nothing, %s', (_, hear) => {
      const [life, without] = [known(), known()];
      for (let n = 0; n < count; n++) {
        life.run(NOON + n * MINUTE, 'unexplained');
        without.run(NOON + n * MINUTE, 'interrupted');
      }
      for (const one of [life, without]) hear(one);

      expect(fault(life)).toBeCloseTo(fault(without), 3);
      expect(fault(life)).toBeLessThan(0.03);
      expect(verdictOf(life, NOON + 12 * MINUTE)).toMatchObject({ is: 'inconclusive', cause: 'unexplained' });
    });

    it("count once most of several users' jobs fail", () => {
      const [life, without] = [known(), known()];
      for (let n = 0; n < count; n++) life.run(NOON + n * MINUTE, 'unexplained');
      for (const one of [life, without]) jobs(one, NOON + 10 * MINUTE, 0, ['ann', 'bob', 'eve', 'joe']);

      expect(1 - fault(life)).toBeLessThanOrEqual(1 - fault(without));
      expect(verdictOf(life, NOON + 11 * MINUTE)).toMatchObject({ is: 'fail', blame: 'provider' });
    });
  });

  it('keeps four of them at most', () => {
    const life = known();
    for (let n = 0; n < 9; n++) life.run(NOON + n * MINUTE, 'unexplained');

    expect(life.state.belief?.unexplained).toHaveLength(4);
  });
});
