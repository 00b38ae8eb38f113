import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import { causeOf, judge } from '../../src/core/classify.ts';
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

  it('keeps four of them at most', () => {
    const life = known();
    for (let n = 0; n < 9; n++) life.run(NOON + n * MINUTE, 'unexplained');

    expect(life.state.belief?.unexplained).toHaveLength(4);
  });
});
