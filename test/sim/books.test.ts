import { AT_REST } from '../../src/core/route.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Story } from '../../src/core/effect.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { Commit, RunClaim } from '../../src/ports/store.ts';
import { createBooks } from './books.ts';
import type { Books } from './books.ts';
import { createVirtualTime } from './clock.ts';
import { createLife } from './life.ts';
import type { Life } from './life.ts';

// The simulation proves nothing if its own books do not notice: each test here breaks one promise.

const TARGET = 'kling/kling-3.0';
const RUN = `${TARGET}@1`;

const DEAF = { died: () => {}, calledAtRest: () => {} };

let books: Books;
let life: Life;
let now: number;

beforeEach(() => {
  now = 1_000_000_000;
  const settings = { limits: { kling: { budgetUsd: 1, concurrencyMax: 2 } }, totalBudgetUsd: 1.5 };
  books = createBooks({ now: () => now, settings: () => settings as unknown as Settings, bornAt: () => 0 });
  life = createLife(1, host(), DEAF);
});

const host = () => {
  const time = createVirtualTime(0);
  return { time, machine: time.machine() };
};

const claim = (runId: string, why: RunClaim['why'] = 'slot'): [RunClaim] => [
  {
    runId,
    target: TARGET,
    provider: 'kling',
    why,
    reservedUsd: 0.5,
    at: now,
    limits: { providerUsd: 1, totalUsd: 1.5 },
  },
];

const story = (at: number): Story =>
  ({
    effect: { type: 'blind.began', at, target: TARGET, cause: 'auth', text: '' },
    target: { id: TARGET, provider: 'kling', model: 'kling-3.0', region: null },
    moves: [],
    peers: { fine: 0, troubled: [], blind: 0 },
    links: { page: '', run: null, dashboard: null, runbook: null },
  }) as unknown as Story;

function commit(version: number, more: Partial<Commit> = {}): [Commit] {
  return [
    {
      before: { version: version - 1 },
      state: { ...freshState(TARGET, 0), version },
      event: { type: 'day.began', at: now },
      outbox: [
        {
          key: `${TARGET}#${version}.0/slack`,
          channel: 'slack',
          target: TARGET,
          story: story(version),
          dueAt: now,
        },
      ],
      closesRun: null,
      plans: [],
      generation: version,
      ...more,
    },
  ];
}

function plan(generation: number, weights: number[]): Commit['plans'][number] {
  return {
    plan: {
      route: 't2v',
      mode: 'enforce',
      posture: 'normal',
      epoch: 1,
      generation,
      previous: generation - 1,
      issuedAt: now,
      members: weights.map((weight, n) => ({
        target: `${n}`,
        baseWeight: 1,
        weight,
        role: 'serve',
        state: 'healthy',
        since: 0,
        reason: { code: 'ok', text: '' },
        ...AT_REST,
        wanted: weight,
      })),
      fallback: [],
      frozen: null,
      transition: null,
    },
    before: generation - 1,
    sinks: [],
  };
}

const tell = (version: number, stories: number[] = [version]) =>
  books.told(
    {
      channel: 'slack',
      key: `${TARGET}#${version}.0/slack`,
      stories: stories.map(story) as [Story, ...Story[]],
    },
    life,
  );
const settle = (version: number) =>
  books.saw('settleEntries', [[`${TARGET}#${version}.0/slack`], { is: 'done', at: now }], undefined);
const order = (key: string, usd = 0.1) => books.ordered({ at: now, key, provider: 'kling', usd });
const judged: Commit['event'] = {
  type: 'run.judged',
  at: 1,
  runId: RUN,
  verdict: { is: 'pass', text: '' },
  totalMs: null,
};

describe('the books of the world', () => {
  it('have nothing against an ordinary day', () => {
    books.saw('claimRun', claim(RUN), 'claimed');
    order(RUN);
    books.saw('commit', commit(1, { event: judged, plans: [plan(1, [60, 40])] }), 'done');
    books.saw('commit', commit(2), 'done');
    tell(1);
    settle(1);
    tell(2);
    settle(2);

    expect(books.violations).toEqual([]);
  });

  it.each<[string, string, () => void]>([
    ['an order without a claim', 'without being claimed', () => order(RUN)],
    [
      'a slot that is ordered twice',
      'was ordered twice',
      () => {
        books.saw('claimRun', claim(RUN), 'claimed');
        order(RUN);
        order(RUN);
      },
    ],
    [
      'a routine run of a target beside another',
      'is routine and began while',
      () => {
        books.saw('claimRun', claim(RUN), 'claimed');
        books.saw('claimRun', claim(`${TARGET}@2`), 'claimed');
      },
    ],
    [
      'more runs at once than a provider has room for',
      'although 2 runs of kling were open',
      () => {
        for (const n of [1, 2, 3]) books.saw('claimRun', claim(`${TARGET}@${n}`, 'confirm'), 'claimed');
      },
    ],
    [
      'more money than a provider may cost in a day',
      'kling cost $1.2 in a day',
      () => {
        for (const n of [1, 2]) {
          books.saw('claimRun', claim(`${TARGET}@${n}`), 'claimed');
          order(`${TARGET}@${n}`, 0.6);
          books.openRuns.clear();
        }
      },
    ],
    [
      'a run that is judged twice',
      'was judged twice',
      () => {
        books.saw('commit', commit(1, { event: judged }), 'done');
        books.saw('commit', commit(2, { event: judged }), 'done');
      },
    ],
    [
      'weights that do not sum to 100',
      'sum to 99',
      () => books.saw('commit', commit(1, { plans: [plan(1, [60, 39])] }), 'done'),
    ],
    [
      'a negative weight',
      'no share',
      () => books.saw('commit', commit(1, { plans: [plan(1, [101, -1])] }), 'done'),
    ],
    [
      'a generation that does not rise',
      'planned again as generation 1',
      () => {
        books.saw('commit', commit(1, { plans: [plan(1, [60, 40])] }), 'done');
        books.saw('commit', commit(2, { plans: [plan(1, [50, 50])] }), 'done');
      },
    ],
    [
      'a story that is told before its elders',
      'before its elders',
      () => {
        books.saw('commit', commit(1), 'done');
        books.saw('commit', commit(2), 'done');
        tell(2);
      },
    ],
    [
      'a story that is told twice in one life',
      'no crash or pause lay in between',
      () => {
        books.saw('commit', commit(1), 'done');
        tell(1);
        tell(1);
      },
    ],
    [
      'a story that is told after it was noted as told',
      'after it was settled',
      () => {
        books.saw('commit', commit(1), 'done');
        tell(1);
        settle(1);
        life.kill('test');
        tell(1);
      },
    ],
    [
      'a key that bears another story',
      'with other stories',
      () => {
        books.saw('commit', commit(1), 'done');
        tell(1, [7]);
      },
    ],
    [
      'a story that counts as told though nobody heard it',
      'nobody heard it',
      () => {
        books.saw('commit', commit(1), 'done');
        settle(1);
      },
    ],
    [
      'a plan that had expired when it was pushed',
      'had expired',
      () => books.pushed('edge', plan(1, [100]).plan, now),
    ],
  ])('notice %s', (_, words, deed) => {
    deed();

    expect(books.violations).toEqual([expect.stringContaining(words)]);
  });

  it('let a story be told again after a crash, but not heard under a key that was used up', () => {
    books.saw('commit', commit(1), 'done');
    books.saw('commit', commit(2), 'done');
    tell(1);
    life.kill('between the yes and the note');
    life = createLife(2, host(), DEAF);
    tell(1, [1, 2]);

    const entries = books.entries.get(`slack ${TARGET}`) ?? [];
    expect(books.violations).toEqual([]);
    expect(books.counts.repeats).toBe(1);
    expect(entries.map(({ heard }) => heard)).toEqual([true, false]);
  });

  it('forget money that was spent more than a day ago', () => {
    books.saw('claimRun', claim(RUN), 'claimed');
    order(RUN, 0.9);
    books.saw(
      'commit',
      commit(1, { closesRun: { runId: RUN } as unknown as NonNullable<Commit['closesRun']> }),
      'done',
    );
    now += 86_400_000;
    books.saw('claimRun', claim(`${TARGET}@2`), 'claimed');
    order(`${TARGET}@2`, 0.9);

    expect(books.violations).toEqual([]);
  });
});
