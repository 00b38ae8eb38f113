import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import type { TargetEffect, WeightMove } from '../../src/core/effect.ts';
import type { Health, Incident } from '../../src/core/model.ts';
import type { Pin, RoutePlan } from '../../src/core/route.ts';
import type { Surroundings } from '../../src/core/stories.ts';
import { storiesOf } from '../../src/core/stories.ts';
import { ID, NOON } from './life.ts';
import { planOf, routeOf, stateIn } from './routes.ts';
import { targetOf } from './targets.ts';

const TARGETS = [targetOf(ID), targetOf('blame/two'), targetOf('cord/three')];
const ROUTE = routeOf([
  [ID, 50, 'healthy'],
  ['blame/two', 50, 'healthy'],
]);

const incident: Incident = {
  id: `${ID}!1`,
  firstFailureAt: NOON - MINUTE,
  detectedAt: NOON,
  worst: 'down',
  cause: 'timeout',
  evidence: [
    { at: NOON, runId: null, cause: 'timeout', text: 'free check' },
    { at: NOON, runId: `${ID}@7`, cause: 'timeout', text: 'no answer' },
    { at: NOON, runId: `${ID}@6`, cause: 'timeout', text: 'no answer' },
  ],
  why: ['API down 98.0 %'],
};
const opened: TargetEffect = { type: 'incident.opened', at: NOON, target: ID, incident, health: 'down' };
const closed: TargetEffect = {
  type: 'incident.closed',
  at: NOON,
  target: ID,
  incident,
  durationMs: MINUTE,
  to: 'healthy',
};
const blind: TargetEffect = { type: 'blind.began', at: NOON, target: ID, cause: 'auth', text: '401' };

/** One step of a target from one health to another, while a second one is healthy. */
function around(from: Health, to: Health, change: Partial<Surroundings> = {}): Surroundings {
  const lastRun = { id: `${ID}@9`, at: NOON, verdict: 'pass', totalMs: null } as const;
  return {
    targets: TARGETS,
    routes: [ROUTE],
    states: new Map([
      [ID, stateIn(ID, to, { lastRun })],
      ['blame/two', stateIn('blame/two', 'healthy')],
      ['cord/three', stateIn('cord/three', 'down')],
    ]),
    before: stateIn(ID, from),
    plans: new Map(),
    pageUrl: 'http://watch.example',
    closedRun: null,
    isPictured: false,
    links: { dashboard: 'http://grafana.example/d', runbook: null },
    ...change,
  };
}

const movesOf = (effect: TargetEffect, where: Surroundings): string =>
  storiesOf(TARGETS[0]!, [effect], where)
    .flatMap(({ moves }) => moves)
    .map(({ target, from, to }: WeightMove) => `${target} ${from}→${to}`)
    .join(', ');

/** The plan in force, with what people have said. */
function planWith(change: Partial<RoutePlan>, pin: Pin | null = null): ReadonlyMap<string, RoutePlan> {
  const plan = planOf([
    [ID, 50, 'healthy'],
    ['blame/two', 50, 'healthy'],
  ]);
  const members = plan.members.map((member, n) => (n === 0 ? { ...member, pin } : member));
  return new Map([[plan.route, { ...plan, members, ...change }]]);
}

describe('what people have said, in a story', () => {
  it('is that no weight moved where a freeze held them', () => {
    const plans = planWith({ frozen: { since: NOON, why: 'migration', by: 'ada' }, posture: 'frozen' });

    expect(movesOf(opened, around('suspect', 'down', { plans }))).toBe('');
    expect(movesOf(opened, around('suspect', 'down', { plans: planWith({}) }))).not.toBe('');
  });

  it.each<[Pin['weight'], string]>([
    [100, ''],
    [30, ''],
    ['exclude', ''],
  ])('is that the weight pinned at %s stays', (weight, moves) => {
    const pin = { target: ID, weight, until: NOON + MINUTE, author: 'ada', reason: 'a demo' };

    expect(movesOf(opened, around('suspect', 'down', { plans: planWith({}, pin) }))).toBe(moves);
    const ended = { ...pin, until: NOON };
    expect(movesOf(opened, around('suspect', 'down', { plans: planWith({}, ended) }))).not.toBe('');
  });
});

describe('weights in a story', () => {
  it.each<[what: string, TargetEffect, from: Health, to: Health, moves: string]>([
    ['an outage is compared with health', opened, 'suspect', 'down', 'acme/one 50→0, blame/two 50→100'],
    ['also where nothing was known before', opened, 'unknown', 'down', 'acme/one 50→0, blame/two 50→100'],
    [
      'a recovery is compared with the worst',
      closed,
      'recovering',
      'healthy',
      'acme/one 0→50, blame/two 100→50',
    ],
    [
      'what gets worse is compared with what it was',
      { type: 'incident.changed', at: NOON, target: ID, incident, from: 'degraded', to: 'down' },
      'degraded',
      'down',
      'acme/one 26→0, blame/two 74→100',
    ],
    [
      'a retirement is compared with what it was',
      { type: 'target.retired', at: NOON, target: ID, notice: null, text: '' },
      'healthy',
      'retired',
      'acme/one 50→0, blame/two 50→100',
    ],
    ['blindness moves nothing', blind, 'healthy', 'healthy', ''],
  ])('%s', (_what, effect, from, to, moves) => {
    expect(movesOf(effect, around(from, to))).toBe(moves);
  });

  it('move in each route that has the target, and in no other', () => {
    const routes = [
      ROUTE,
      routeOf([[ID, 1, 'healthy']], { id: 'alone' }),
      routeOf([['blame/two', 1, 'healthy']], { id: 'without' }),
      routeOf(
        [
          [ID, 10, 'healthy'],
          ['cord/three', 90, 'healthy'],
          ['blame/two', 90, 'healthy'],
        ],
        { id: 'i2v' },
      ),
    ];
    const [story] = storiesOf(TARGETS[0]!, [opened], around('suspect', 'down', { routes }));

    expect(story?.moves.map(({ route, target, from, to }) => [route, target, from, to])).toEqual([
      ['t2v.default', ID, 50, 0],
      ['t2v.default', 'blame/two', 50, 100],
      ['i2v', ID, 10, 0],
      ['i2v', 'blame/two', 90, 100],
    ]);
  });

  it('say that they are only a dry run where routers are not moved', () => {
    const isDry = (mode: 'dry_run' | 'enforce') => {
      const routes = [{ ...ROUTE, mode }];
      const [story] = storiesOf(TARGETS[0]!, [opened], around('suspect', 'down', { routes }));
      return story?.moves.map((move) => move.mode === 'dry_run');
    };

    expect(isDry('dry_run')).toEqual([true, true]);
    expect(isDry('enforce')).toEqual([false, false]);
  });
});

describe('links in a story', () => {
  const runLink = (effect: TargetEffect, where = around('suspect', 'down')) =>
    storiesOf(TARGETS[0]!, [effect], where)[0]?.links.run;

  it('lead to the newest run that failed, when something is bad', () => {
    expect(runLink(opened)).toBe('http://watch.example/runs/acme%2Fone%407');
  });

  it('lead to the last run in every other case, and where only checks have failed', () => {
    const checks = { ...incident, evidence: incident.evidence.slice(0, 1) };

    const ending = around('healthy', 'healthy', { closedRun: `${ID}@9` });
    expect(runLink(closed, ending)).toBe('http://watch.example/runs/acme%2Fone%409');
    expect(runLink(blind, ending)).toBe('http://watch.example/runs/acme%2Fone%409');
    expect(runLink({ ...opened, incident: checks }, ending)).toBe('http://watch.example/runs/acme%2Fone%409');
  });

  it('lead nowhere where a free check brought it about', () => {
    expect(runLink(blind, around('healthy', 'healthy', { closedRun: null }))).toBeNull();
  });

  it('show a picture only of the run that is meant, and only where there is one', () => {
    const frame = (closedRun: string | null) =>
      storiesOf(TARGETS[0]!, [opened], around('suspect', 'down', { closedRun, isPictured: true }))[0]?.links
        .frame;

    expect(frame(`${ID}@7`)).toBe('http://watch.example/v1/runs/acme%2Fone%407/frame');
    expect(frame(`${ID}@6`)).toBeNull();
    expect(frame(null)).toBeNull();
  });

  it('keep what the configuration gives', () => {
    const [story] = storiesOf(TARGETS[0]!, [blind], around('healthy', 'healthy'));

    expect(story?.links).toMatchObject({
      page: 'http://watch.example',
      dashboard: 'http://grafana.example/d',
      runbook: null,
    });
  });
});

it('tells each effect as one story, in order, with how the others fare', () => {
  const stories = storiesOf(TARGETS[0]!, [blind, opened], around('suspect', 'down'));

  expect(stories.map(({ effect }) => effect)).toEqual([blind, opened]);
  for (const { peers, target } of stories) {
    expect(peers).toEqual({ fine: 1, troubled: ['cord/three'], blind: 0 });
    expect(target).toEqual(TARGETS[0]);
  }
});
