import { describe, expect, it } from 'vitest';
import { HEALTHS } from '../../src/core/model.ts';
import type { Health } from '../../src/core/model.ts';
import type { Posture, Role } from '../../src/core/route.ts';
import { stateFactorOf } from '../../src/core/factors.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { isSamePlan, planRoute } from '../../src/core/weights.ts';
import { shownReason, shownSince, shownState } from '../../src/core/weights.ts';
import { NOON } from './life.ts';
import type { Member } from './routes.ts';
import { membersOf, planOf, routeOf, stateIn, statesOf } from './routes.ts';

/** What a target keeps of an equal share when the other one is healthy. */
const FACTORS: [Health, factor: number, weight: number, role: Role][] = [
  ['unknown', 1, 50, 'serve'],
  ['healthy', 1, 50, 'serve'],
  ['suspect', 0.4, 29, 'serve'],
  ['degraded', 0.35, 26, 'serve'],
  ['down', 0, 0, 'drain'],
  ['recovering', 0.25, 20, 'serve'],
  ['retired', 0, 0, 'exclude'],
];

const MOMENT = { at: NOON, epoch: 1, generation: 1, previous: 0, transition: null };

describe('a plan', () => {
  it('knows a factor for every health', () => {
    expect(FACTORS.map(([health]) => health)).toEqual([...HEALTHS]);
  });

  it.each(FACTORS)(
    'gives a target that is %s %d of its base weight: %d of 100, to %s',
    (health, factor, weight, role) => {
      const [first, second] = planOf([
        ['acme/one', 10, health],
        ['blame/two', 10, 'healthy'],
      ]).members;

      expect(stateFactorOf(stateIn(first?.target ?? '', health), DEFAULT_ROUTING)).toBe(factor);
      expect(first).toMatchObject({ weight, role, state: health, factors: { state: factor } });
      expect(second?.weight).toBe(100 - weight);
    },
  );

  it.each<[what: string, members: string, weights: string, Posture]>([
    ['all are well', '70 healthy, 20 healthy, 10 healthy', '70 20 10', 'normal'],
    ['one is down', '70 down, 20 healthy, 10 healthy', '0 67 33', 'normal'],
    ['only a degraded one is left', '70 down, 20 degraded', '0 100', 'normal'],
    ['all are suspect', '70 suspect, 30 suspect', '70 30', 'normal'],
    ['nothing is known yet', '70 unknown, 30 unknown', '70 30', 'normal'],
    ['a blind one was healthy', '50 healthy blind, 50 healthy', '50 50', 'normal'],
    ['a blind one was down', '50 down blind, 50 healthy', '0 100', 'normal'],
    ['a share is too small to count', '1 recovering, 999 healthy', '0 100', 'normal'],
    ['there is a reserve', '70 healthy, 0 healthy', '100 0', 'normal'],
    ['only the reserve is well', '70 down, 0 healthy, 0 down', '0 100 0', 'spill'],
    ['the reserve is better and worse', '70 down, 0 healthy, 0 suspect', '0 71 29', 'spill'],
    ['all are down', '70 down, 30 down', '70 30', 'panic'],
    ['all and the reserve are down', '70 down, 30 down, 0 down', '70 30 0', 'panic'],
    ['the only one is down', '5 down', '100', 'panic'],
    ['one is down and one retired', '70 retired, 30 down', '0 100', 'panic'],
    ['nothing but a broken reserve is left', '70 retired, 0 down, 0 down', '0 50 50', 'panic'],
    ['all are retired', '70 retired, 30 retired', '70 30', 'panic'],
  ])('when %s: %s becomes %s, %s', (_what, row, weights, posture) => {
    const plan = planOf(membersOf(row));

    expect(plan.members.map(({ weight }) => weight).join(' ')).toBe(weights);
    expect(plan.posture).toBe(posture);
  });

  it.each([
    [1, 50],
    [0.8, 44],
    [0.25, 20],
    [0.05, 5],
  ])(
    'lets belief say what a suspect or recovering target keeps: of a trust of %d, %d of 100',
    (trust, weight) => {
      for (const health of ['suspect', 'recovering'] as const) {
        const states = new Map([
          ['a/1', stateIn('a/1', health, { trust })],
          ['b/1', stateIn('b/1', 'healthy')],
        ]);
        const route = routeOf([
          ['a/1', 10, health],
          ['b/1', 10, 'healthy'],
        ]);
        const [first] = planRoute(route, states, MOMENT).members;

        expect(first).toMatchObject({ weight, factors: { state: trust }, role: 'serve' });
      }
    },
  );

  it.each(['unknown', 'healthy', 'degraded', 'down', 'retired'] as const)(
    'asks nobody for trust in what is %s',
    (health) => {
      const states = new Map([['a/1', stateIn('a/1', health, { trust: 0.1 })]]);
      const [first] = planRoute(routeOf([['a/1', 10, health]]), states, MOMENT).members;

      expect(first?.factors.state).toBe(stateFactorOf({ health, trust: 1 }, DEFAULT_ROUTING));
    },
  );

  it('drains what is too small to serve, and excludes only what is retired', () => {
    const members: Member[] = [
      ['a/1', 1, 'recovering'],
      ['b/1', 999, 'healthy'],
      ['c/1', 5, 'retired'],
    ];

    expect(planOf(members).members.map(({ role }) => role)).toEqual(['drain', 'serve', 'exclude']);
  });

  it('carries what it was asked for and what it is about', () => {
    const transition = { target: 'a/1', from: 'healthy', to: 'down', reason: 'timeout' } as const;
    const members: Member[] = [['a/1', 1, 'down']];
    const moment = { at: NOON, epoch: 2, generation: 9, previous: 7, transition };
    const plan = planRoute(routeOf(members, { mode: 'dry_run' }), statesOf(members), moment);

    expect(plan).toMatchObject({
      route: 't2v.default',
      mode: 'dry_run',
      epoch: 2,
      generation: 9,
      previous: 7,
      issuedAt: NOON,
      transition,
    });
  });

  it('stops at a route whose target nobody watches', () => {
    expect(() =>
      planRoute(routeOf([['a/1', 1, 'healthy']]), new Map(), { ...planOf([['a/1', 1, 'down']]), at: 0 }),
    ).toThrow('route t2v.default names a/1, which has no state');
  });
});

describe('the order of fallback', () => {
  it('prefers health, then base weight, then the order of the configuration, and leaves out the retired', () => {
    const members: Member[] = [
      ['a/down', 90, 'down'],
      ['b/suspect', 80, 'suspect'],
      ['c/degraded', 70, 'degraded'],
      ['d/unknown', 60, 'unknown'],
      ['e/recovering', 50, 'recovering'],
      ['f/retired', 99, 'retired'],
      ['g/small', 10, 'healthy'],
      ['h/big', 20, 'healthy'],
      ['i/big', 20, 'healthy'],
    ];

    expect(planOf(members).fallback).toEqual([
      'h/big',
      'i/big',
      'g/small',
      'e/recovering',
      'd/unknown',
      'c/degraded',
      'b/suspect',
      'a/down',
    ]);
  });
});

describe('what is shown', () => {
  it('is health and its reason', () => {
    const state = stateIn('a/1', 'down');

    expect([shownState(state), shownReason(state).code, shownSince(state)]).toEqual(['down', 'down', NOON]);
  });

  it('is blindness, its reason and its beginning, where we cannot see', () => {
    const state = statesOf([['a/1', 1, 'down', 'blind']]).get('a/1')!;

    expect([shownState(state), shownSince(state)]).toEqual(['blind', NOON + 1]);
    expect(shownReason(state)).toEqual({ code: 'auth', text: 'our key was refused' });
  });
});

describe('two plans', () => {
  const members: Member[] = [
    ['a/1', 1, 'healthy'],
    ['b/1', 1, 'healthy'],
  ];
  const plan = planOf(members);

  it('are the same to a router whatever their number, their time and their reasons', () => {
    const later = { ...plan, generation: 50, previous: 42, issuedAt: NOON + 1, epoch: 4 };
    const moved = later.members.map((member) => ({
      ...member,
      since: 0,
      reason: { code: 'ok', text: 'fine' },
    }));

    expect(isSamePlan(plan, { ...later, members: moved })).toBe(true);
  });

  it.each([
    ['mode', { mode: 'dry_run' as const }],
    ['posture', { posture: 'panic' as const }],
    ['fallback', { fallback: ['b/1', 'a/1'] }],
    [
      'weights',
      {
        members: planOf([
          ['a/1', 3, 'healthy'],
          ['b/1', 1, 'healthy'],
        ]).members,
      },
    ],
    [
      'states',
      {
        members: planOf([
          ['a/1', 1, 'unknown'],
          ['b/1', 1, 'healthy'],
        ]).members,
      },
    ],
  ])('differ by %s', (_what, change) => {
    expect(isSamePlan(plan, { ...plan, ...change })).toBe(false);
  });
});
