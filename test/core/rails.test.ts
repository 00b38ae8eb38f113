/** How weights move from plan to plan, and what holds them. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { weightLine } from '../../src/core/line.ts';
import type { Pin } from '../../src/core/route.ts';
import { rampDueAt } from '../../src/core/ramp.ts';
import { isUnderWay } from '../../src/core/weights.ts';
import { NOON } from './life.ts';
import { courseOf, measuring, SURE } from './plans.ts';
import { stateIn } from './routes.ts';

describe('factors', () => {
  it('are those of quality, squared, of speed and of price, against the median of the route', () => {
    const course = courseOf('50 healthy, 30 healthy, 20 healthy');
    const plan = course.go(0, {
      'p/0': measuring({ good: 4, bad: 1, ttvMs: 40_000, costPerSecondUsd: 0.1 }),
      'p/1': measuring({ good: 5, ttvMs: 60_000, costPerSecondUsd: 0.1 }),
      'p/2': measuring({ good: 5, ttvMs: 240_000, costPerSecondUsd: 0.025 }),
    });

    expect(plan.members.map(({ factors }) => factors)).toEqual([
      { state: 1, quality: 0.9, speed: 1.22, price: 1, capped: false },
      { state: 1, quality: 0.97, speed: 1, price: 1, capped: false },
      { state: 1, quality: 0.97, speed: 0.5, price: 1.5, capped: false },
    ]);
    expect(plan.members.map(({ wanted }) => wanted)).toEqual([54, 31, 15]);
  });

  it('are shown as a line that can be checked by hand', () => {
    const course = courseOf('50 healthy, 30 healthy');
    const seen = {
      'p/0': measuring({ good: 4, bad: 1, ttvMs: 40_000 }),
      'p/1': measuring({ ttvMs: 60_000 }),
    };
    course.go(0, seen, { before: null });

    expect(weightLine(course.route, course.plan, 'p/0')).toBe(
      'base 50 × state 1.00 × quality 0.90² × speed 1.12 × price 1.00 = 45.4 of 70.0 → 65 %',
    );
    expect(weightLine(course.route, course.plan, 'p/9')).toBeNull();
  });

  it('of one that nobody has measured are neutral', () => {
    const course = courseOf('50 healthy, 50 healthy');

    course.go(0, { 'p/0': measuring({ ttvMs: 10_000, costPerSecondUsd: 9 }) });

    expect(course.weights()).toBe('50 50');
  });
});

describe('capacity', () => {
  const busy = (inFlight: (number | undefined)[], demandPerS: number) => {
    const course = courseOf('50 healthy, 30 healthy, 20 healthy', { demandPerS });
    course.route.members = course.route.members.map((member, n) => {
      const inFlightMax = inFlight[n];
      return { ...member, ...(inFlightMax !== undefined && { inFlightMax }) };
    });
    for (const { target } of course.route.members)
      course.states.set(target, stateIn(target, 'healthy', measuring({ ttvMs: 50_000 })));
    return course;
  };

  it.each<[string, (number | undefined)[], number, string, string]>([
    ['enough', [100, 100, 100], 1, '50 30 20', 'normal'],
    ['too little at one', [20, undefined, undefined], 1, '34 40 26', 'normal'],
    ['too little at two, the excess going to the third', [20, 20, 100], 1, '34 34 32', 'normal'],
    ['too little altogether', [20, 20, 20], 2, '41 32 27', 'spill'],
    ['not declared', [undefined, undefined, undefined], 100, '50 30 20', 'normal'],
  ])('that is %s: %j at %d jobs/s make %s, %s', (_what, inFlight, demand, weights, posture) => {
    const course = busy(inFlight, demand);
    const [first] = course.go(10 * MINUTE, {}, { before: null }).members;

    expect(course.weights()).toBe(weights);
    expect(course.plan.posture).toBe(posture);
    expect(first?.factors.capped).toBe(inFlight[0] === 20);
  });

  it('overflows into a reserve first, and into what is out only where even that is not enough', () => {
    const course = courseOf('50 healthy, 0 healthy, 50 down', { demandPerS: 1 });
    course.route.members = course.route.members.map((member) => ({ ...member, inFlightMax: 20 }));
    for (const [id, state] of course.states)
      course.states.set(id, { ...state, ...measuring({ ttvMs: 20_000 }) });
    course.go(0, {}, { before: null });
    expect([course.weights(), course.plan.posture]).toEqual(['85 15 0', 'spill']);

    for (const [id, state] of course.states)
      course.states.set(id, { ...state, ...measuring({ ttvMs: 40_000 }) });
    course.go(0, {}, { before: null });
    expect([course.weights(), course.plan.posture]).toEqual(['50 43 7', 'spill']);
  });
});

describe('a rise', () => {
  it('is 20 points a minute at most; the rest stays with those who fall', () => {
    const course = courseOf('50 healthy, 50 healthy');

    course.go(SECOND, { 'p/0': stateIn('p/0', 'suspect', { trust: 0.05 }) });
    expect(course.weights()).toBe('30 70');
    expect([course.plan.members[1]?.held, isUnderWay(course.plan)]).toEqual(['rise', true]);
    course.go(59 * SECOND);
    expect(course.weights()).toBe('30 70');
    course.go(SECOND);
    expect(course.weights()).toBe('10 90');
    course.go(MINUTE);
    expect([course.weights(), isUnderWay(course.plan)]).toEqual(['5 95', false]);
  });

  it('is as large as it must be where the jobs would else go to what is down', () => {
    const course = courseOf('60 healthy, 30 healthy, 10 healthy');

    course.go(SECOND, { 'p/0': 'down' });

    expect(course.weights()).toBe('0 70 30');
  });

  it('waits for nobody in a panic', () => {
    const course = courseOf('90 down, 10 healthy');

    course.go(2 * MINUTE, { 'p/1': 'down' });

    expect([course.weights(), course.plan.posture]).toEqual(['90 10', 'panic']);
  });
});

describe('the way back', () => {
  const outAndBack = () => {
    const course = courseOf('50 healthy, 50 healthy');
    course.go(MINUTE, { 'p/0': 'down' });
    return course;
  };

  it('is a ramp, each step of which needs 45 s and another video', () => {
    const course = outAndBack();
    const step = (seconds: number, passesEver: number) => {
      course.go(seconds * SECOND, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver } });
      return [course.plan.members[0]?.factors.state, course.plan.members[0]?.ramp?.step];
    };

    expect(step(600, 11)).toEqual([0.1, 1]);
    expect(course.plan.members[0]?.held).toBe('ramp');
    expect(step(44, 12)).toEqual([0.1, 1]);
    expect(step(1, 12)).toEqual([0.25, 2]);
    expect(step(100, 12)).toEqual([0.25, 2]);
    expect(step(1, 13)).toEqual([0.5, 3]);
    expect(step(45, 14)).toEqual([1, undefined]);
    expect(weightLine(course.route, course.plan, 'p/0')).toContain('state 1.00');
  });

  it('asks for the next video as soon as a step has lasted, where routers follow', () => {
    const course = outAndBack();
    const dueAt = (mode: 'enforce' | 'dry_run') =>
      rampDueAt([{ ...course.route, mode }], new Map([[course.route.id, course.plan]]), 'p/0');
    expect(dueAt('enforce')).toBeNull();
    course.go(MINUTE, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver: 11 } });

    expect([dueAt('enforce'), dueAt('dry_run')]).toEqual([course.at + 45 * SECOND, null]);
  });

  it('begins again where it fails on the way', () => {
    const course = outAndBack();
    course.go(MINUTE, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver: 11 } });
    course.go(MINUTE, { 'p/0': 'down' });
    course.go(MINUTE, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver: 12 } });

    expect(course.plan.members[0]?.ramp?.step).toBe(1);
  });

  it('never gives more than belief does', () => {
    const course = outAndBack();
    course.go(MINUTE, { 'p/0': { ...stateIn('p/0', 'recovering', { trust: 0.05 }), passesEver: 11 } });

    expect(course.plan.members[0]?.factors.state).toBe(0.05);
  });

  it('is none where it was our mistake: well again without any video', () => {
    const course = outAndBack();
    course.go(MINUTE, { 'p/0': 'healthy' });

    expect(course.plan.members[0]).toMatchObject({ ramp: null, factors: { state: 1 } });
  });
});

describe('the deadband', () => {
  it('holds moves that are smaller than it, and none that is as large', () => {
    const moved = (deadband: number) => {
      const course = courseOf('50 healthy, 50 healthy', { deadband });
      course.go(MINUTE, { 'p/0': measuring({ bad: 0.4, at: NOON + MINUTE }) });
      return course.weights();
    };

    expect([moved(2.01), moved(2), moved(1.99)]).toEqual(['50 50', '48 52', '48 52']);
  });

  it('makes no small moves while no state changes, and then makes them', () => {
    const course = courseOf('50 healthy, 50 healthy');

    course.go(MINUTE, { 'p/0': measuring({ bad: 0.4, at: NOON + MINUTE }) });
    expect([course.weights(), course.plan.members[0]?.wanted, course.plan.members[0]?.held]).toEqual([
      '50 50',
      48,
      'deadband',
    ]);
    expect(weightLine(course.route, course.plan, 'p/0')).toMatch(/→ 50 %; 48 % wanted, moves of less than 3/);
    course.go(MINUTE, {
      'p/0': { ...stateIn('p/0', 'unknown'), ...measuring({ bad: 0.4, at: NOON + MINUTE }) },
    });
    expect(course.weights()).toBe('48 52');
  });
});

describe('going out', () => {
  it('is for one provider a minute, where only one canary of the next has failed', () => {
    const course = courseOf('40 healthy, 30 healthy, 30 healthy');
    course.go(SECOND, { 'p/0': 'down' });

    course.go(30 * SECOND, { 'p/1': 'down' });
    expect(course.plan.members[1]).toMatchObject({ ejectedAt: null, factors: { state: 0.35 } });
    expect(isUnderWay(course.plan)).toBe(true);
    course.go(30 * SECOND);
    expect(course.weights()).toBe('0 0 100');
  });

  it('is at once where two canaries in a row have failed', () => {
    const course = courseOf('40 healthy, 30 healthy, 30 healthy');
    course.go(SECOND, { 'p/0': 'down' });
    course.go(SECOND, { 'p/1': { ...stateIn('p/1', 'down'), ...SURE } });

    expect(course.weights()).toBe('0 0 100');
  });

  it('is together for targets of one provider', () => {
    const course = courseOf('40 healthy, 30 healthy, 30 healthy');
    course.route.members = course.route.members.map((member, n) => ({
      ...member,
      provider: n < 2 ? 'a' : 'b',
    }));
    course.go(SECOND, { 'p/0': 'down', 'p/1': 'down' });

    expect(course.weights()).toBe('0 0 100');
  });
});

describe('a freeze', () => {
  const down = (n: number) => ({ ...stateIn(`p/${n}`, 'down'), ...SURE });
  const crash = () => {
    const course = courseOf('40 healthy, 30 healthy, 20 healthy, 10 healthy');
    course.go(SECOND, { 'p/0': down(0) });
    course.go(SECOND, { 'p/1': down(1) });
    return course;
  };

  it('is made when a third provider goes out within a minute, and ends when one is back', () => {
    const course = crash();
    const held = course.weights();
    course.go(SECOND, { 'p/2': down(2) });

    expect([course.weights(), course.plan.posture]).toEqual([held, 'frozen']);
    expect(course.plan.frozen).toEqual({
      since: course.at,
      by: 'policy',
      why: 'provider-0, provider-1, provider-2 failed within 1 min: it may be our own mistake',
    });
    expect(course.plan.fallback).toEqual(['p/3', 'p/2', 'p/0', 'p/1']);
    course.go(5 * MINUTE);
    expect([course.weights(), course.plan.posture]).toEqual([held, 'frozen']);
    course.go(MINUTE, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver: 11 } });
    expect([course.plan.posture, course.plan.frozen]).toEqual(['normal', null]);
  });

  it.each([
    ['after a quarter of an hour', 15 * MINUTE, {}],
    ['when a person lifts it', MINUTE, { thawedAt: NOON + MINUTE }],
  ])('ends %s', (_when, ms, said) => {
    const course = crash();
    course.go(SECOND, { 'p/2': down(2) });
    course.go(ms, {}, said);

    expect([course.weights(), course.plan.posture]).toEqual(['0 0 0 100', 'normal']);
  });

  it('is no reason to panic when all were out from the beginning', () => {
    const course = courseOf('40 down, 30 down, 30 down');
    course.go(MINUTE);

    expect(course.plan.posture).toBe('panic');
  });

  it('by a person holds what is, whatever happens', () => {
    const course = courseOf('50 healthy, 50 healthy');
    const frozen = { since: NOON, why: 'migration', by: 'ada' };
    course.go(MINUTE, { 'p/0': 'down' }, { frozen });
    expect([course.weights(), course.plan.posture, course.plan.frozen]).toEqual(['50 50', 'frozen', frozen]);
    course.go(MINUTE);
    expect(course.weights()).toBe('0 100');
  });
});

describe('a pin', () => {
  const pin = (target: string, weight: Pin['weight'], until = NOON + 5 * MINUTE): Pin => ({
    target,
    weight,
    until,
    author: 'ada',
    reason: 'they asked for it',
  });

  it.each<[string, Pin[], string]>([
    ['gives a weight at once, and the others share the rest', [pin('p/0', 90)], '90 6 4'],
    ['of 0 drains', [pin('p/0', 0)], '0 60 40'],
    ['excludes', [pin('p/0', 'exclude')], '0 60 40'],
    ['counts above health', [pin('p/0', 40), pin('p/1', 60)], '40 60 0'],
    ['of more than all is scaled down', [pin('p/0', 100), pin('p/1', 100)], '50 50 0'],
    ['of too little leaves the rest to the others', [pin('p/0', 1), pin('p/1', 1)], '1 1 98'],
    ['that has ended says nothing', [pin('p/0', 'exclude', NOON)], '50 30 20'],
    ['said twice holds as said last', [pin('p/0', 'exclude'), pin('p/0', 80)], '80 12 8'],
    [
      'cannot exclude everybody',
      [pin('p/0', 'exclude'), pin('p/1', 'exclude'), pin('p/2', 'exclude')],
      '50 30 20',
    ],
  ])('%s', (_what, pins, weights) => {
    const course = courseOf('50 healthy, 30 healthy, 20 healthy');
    course.go(MINUTE, {}, { pins });

    expect(course.weights()).toBe(weights);
  });

  it('that excludes takes a target out of the fallback, too, and shows', () => {
    const course = courseOf('50 healthy, 50 healthy');
    const pins = [pin('p/0', 'exclude')];
    const [first] = course.go(MINUTE, {}, { pins }).members;

    expect(first).toMatchObject({ role: 'exclude', weight: 0, held: 'pin', pin: pins[0] });
    expect(course.plan.fallback).toEqual(['p/1']);
    expect(weightLine(course.route, course.plan, 'p/0')).toContain('pinned by ada: they asked for it');
    course.go(4 * MINUTE);
    expect(course.plan.members[0]).toMatchObject({ role: 'serve', pin: null });
  });
});

describe('a pin in a freeze', () => {
  const frozen = { since: NOON, why: 'migration', by: 'ada' };
  const pin = (target: string, weight: Pin['weight']): Pin => ({
    target,
    weight,
    until: NOON + HOUR,
    author: 'ben',
    reason: 'by hand',
  });

  it.each<[string, Pin[], string]>([
    ['gives its points, and the others keep their proportions', [pin('p/0', 20)], '20 48 32'],
    ['that excludes takes its target out', [pin('p/1', 'exclude')], '71 0 29'],
    [
      'of nothing for all leaves weights as they are',
      [pin('p/0', 0), pin('p/1', 0), pin('p/2', 0)],
      '50 30 20',
    ],
  ])('%s', (_what, pins, weights) => {
    const course = courseOf('50 healthy, 30 healthy, 20 healthy');
    course.go(MINUTE, {}, { pins, frozen });

    expect([course.weights(), course.plan.posture]).toEqual([weights, 'frozen']);
    course.go(MINUTE, { 'p/2': 'down' }, { pins, frozen });
    expect(course.weights()).toBe(weights);
  });

  it('that has ended leaves the weights where it put them, until the freeze is lifted', () => {
    const course = courseOf('50 healthy, 50 healthy');
    course.go(MINUTE, {}, { pins: [pin('p/0', 90)], frozen });
    course.go(MINUTE, {}, { frozen });
    expect(course.weights()).toBe('90 10');
    course.go(10 * MINUTE);
    expect(course.weights()).toBe('70 30');
  });
});

describe('after the clock was set back', () => {
  it('what rose a moment ago counts for a minute more, and no longer', () => {
    const course = courseOf('50 healthy, 50 healthy');
    course.go(HOUR, { 'p/1': measuring({ good: 0, bad: 40 }) });
    const [before] = course.weights().split(' ').map(Number);
    expect(course.plan.members[0]?.risen).toEqual([[course.at, 20]]);

    course.go(-HOUR + SECOND);
    course.go(30 * SECOND);
    expect(course.weights().split(' ').map(Number)[0]).toBe(before);
    course.go(MINUTE);

    expect(course.weights().split(' ').map(Number)[0]).toBeGreaterThan(before ?? 100);
  });

  it('a ramp and a freeze end as soon as they would have', () => {
    const course = courseOf('50 healthy, 50 healthy');
    course.go(HOUR, { 'p/0': 'down' });
    course.go(MINUTE, { 'p/0': { ...stateIn('p/0', 'healthy'), passesEver: 11 } });
    expect(course.plan.members[0]?.ramp?.step).toBe(1);

    course.go(-2 * HOUR);
    course.go(MINUTE, { 'p/0': { passesEver: 12 } });

    expect(course.plan.members[0]?.ramp?.step).toBe(2);
  });
});
