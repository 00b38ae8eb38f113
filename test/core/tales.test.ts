/** What is told of a route follows from its plans, one after the other. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Freeze } from '../../src/core/hands.ts';
import type { Frozen } from '../../src/core/route.ts';
import { talesOf } from '../../src/core/tales.ts';
import type { Moment } from '../../src/core/weights.ts';
import { NOON } from './life.ts';
import { courseOf, SURE } from './plans.ts';
import type { Course } from './plans.ts';
import { stateIn } from './routes.ts';

const down = (n: number) => ({ ...stateIn(`p/${n}`, 'down'), ...SURE });

/** Goes on, and gives back what is told of it. */
function tell(
  course: Course,
  ms: number,
  changes: Parameters<Course['go']>[1] = {},
  said: Partial<Moment> = {},
  freezes: Freeze[] = [],
) {
  const before = course.plan;
  const plan = course.go(ms, changes, said);
  return talesOf(course.route, before, plan, freezes);
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
        liftedBy: 'thaw',
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

describe('a freeze by people', () => {
  const since = NOON;
  const freeze: Freeze = { route: null, author: 'anna', reason: 'new proxy', since, until: null };
  const held = (more: Partial<Frozen> = {}) => ({ frozen: { since, why: 'new proxy', by: 'anna', ...more } });
  const other = { ...freeze, route: 't2v.default' };

  it.each<['thaw' | 'thaw_all' | 'file', string, Freeze[]]>([
    ['thaw_all', 'anna', [freeze]],
    ['thaw', 'anna', [other]],
    ['thaw', 'anna', [freeze, other]],
    ['thaw', 'anna', [{ ...freeze, author: 'ben' }]],
    ['file', 'file', [{ ...freeze, author: 'file' }]],
  ])('is lifted by %s where it is said by %s: %j', (liftedBy, by, freezes) => {
    const course = courseOf('50 healthy, 50 healthy');

    expect(tell(course, SECOND, {}, held({ by }), freezes)).toMatchObject([{ by, liftedBy, out: [] }]);
  });

  it('ends when it was said to, and that is told; where it is prolonged, that is told too', () => {
    const course = courseOf('50 healthy, 50 healthy');
    const until = NOON + 10 * MINUTE;

    expect(tell(course, SECOND, {}, held({ until }))).toMatchObject([{ endsAt: until }]);
    expect(tell(course, SECOND, {}, held({ until: until + MINUTE }))).toMatchObject([
      { type: 'route.frozen', endsAt: until + MINUTE },
    ]);
    expect(tell(course, 11 * MINUTE)).toMatchObject([{ type: 'route.thawed', by: 'anna', ended: 'time' }]);
  });

  it('that is lifted sooner was lifted by a person', () => {
    const course = courseOf('50 healthy, 50 healthy');
    tell(course, SECOND, {}, held({ until: NOON + HOUR }));

    expect(tell(course, MINUTE)).toMatchObject([{ type: 'route.thawed', ended: 'person' }]);
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

  expect(talesOf(route, null, plan, [])).toEqual([]);
});
