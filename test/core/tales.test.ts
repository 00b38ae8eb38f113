/** What is told of a route follows from its plans, one after the other. */

import { describe, expect, it } from 'vitest';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import { talesOf } from '../../src/core/tales.ts';
import type { Moment } from '../../src/core/weights.ts';
import { NOON } from './life.ts';
import { courseOf, SURE } from './plans.ts';
import type { Course } from './plans.ts';
import { stateIn } from './routes.ts';

const down = (n: number) => ({ ...stateIn(`p/${n}`, 'down'), ...SURE });

/** Goes on, and gives back what is told of it. */
function tell(course: Course, ms: number, ...more: [Parameters<Course['go']>[1]?, Partial<Moment>?]) {
  const before = course.plan;
  const plan = course.go(ms, ...more);
  return talesOf(course.route, before, plan);
}

function crash() {
  const course = courseOf('40 healthy, 30 healthy, 20 healthy, 10 healthy');
  const quiet = [0, 1].flatMap((n) => tell(course, SECOND, { [`p/${n}`]: down(n) }));
  expect(quiet).toEqual([]);
  const tales = tell(course, SECOND, { 'p/2': down(2) });
  return { course, tales };
}

describe('a freeze by the policy', () => {
  it('is told with what is held, who is out since when, and when it ends', () => {
    const { course, tales } = crash();

    expect(tales).toEqual([
      {
        type: 'route.frozen',
        at: NOON + 3 * SECOND,
        route: 't2v.default',
        mode: 'enforce',
        since: NOON + 3 * SECOND,
        why: expect.stringContaining('provider-0, provider-1, provider-2 failed'),
        by: 'policy',
        endsAt: NOON + 3 * SECOND + 15 * MINUTE,
        held: course.plan.members.map(({ target, weight, state }) => ({ target, weight, state })),
        out: [1, 2, 3].map((n) => ({ provider: `provider-${n - 1}`, since: NOON + n * SECOND })),
      },
    ]);
  });

  it('is told once, however often the route is planned anew', () => {
    const { course } = crash();

    expect(tell(course, MINUTE)).toEqual([]);
    expect(tell(course, MINUTE, { 'p/3': 'degraded' })).toEqual([]);
  });

  it.each<['time' | 'returned' | 'person', number, Parameters<Course['go']>[1], Partial<Moment>]>([
    ['time', 15 * MINUTE, {}, {}],
    ['returned', MINUTE, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver: 11 } }, {}],
    ['person', MINUTE, {}, { thawedAt: NOON + MINUTE }],
  ])('is over by %s, and that is told', (ended, ms, changes, said) => {
    const { course } = crash();

    expect(tell(course, ms, changes, said)).toEqual([
      {
        type: 'route.thawed',
        at: course.at,
        route: 't2v.default',
        mode: 'enforce',
        since: NOON + 3 * SECOND,
        durationMs: ms,
        by: 'policy',
        ended,
      },
    ]);
    expect(tell(course, MINUTE)).toEqual([]);
  });

  it('that a person takes over is told again: it does not end by itself any more', () => {
    const { course } = crash();
    const frozen = { since: NOON + MINUTE, why: 'we look into it', by: 'anna' };

    expect(tell(course, MINUTE, {}, { frozen })).toMatchObject([
      { type: 'route.frozen', by: 'anna', since: NOON + MINUTE, endsAt: null },
    ]);
    expect(tell(course, MINUTE, {}, { frozen })).toEqual([]);
    expect(tell(course, MINUTE)).toMatchObject([{ type: 'route.thawed', by: 'anna', ended: 'person' }]);
  });
});

it('a provider with two targets counts once, from when its first went out', () => {
  const course = courseOf('40 healthy, 30 healthy, 20 healthy, 10 healthy');
  course.route.members = course.route.members.map((member, n) => ({ ...member, provider: `p${n % 3}` }));
  tell(course, SECOND, { 'p/0': down(0), 'p/3': down(3) });
  const [tale] = tell(course, SECOND, { 'p/1': down(1), 'p/2': down(2) });

  expect(tale?.type === 'route.frozen' && tale.out.map(({ provider }) => provider)).toEqual([
    'p0',
    'p1',
    'p2',
  ]);
});

it('nothing is told of a route whose first plan is no freeze', () => {
  const { route, plan } = courseOf('50 healthy, 50 down');

  expect(talesOf(route, null, plan)).toEqual([]);
});
