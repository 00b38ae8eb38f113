import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { describe, expect, it } from 'vitest';
import { createRecorder } from '../../src/app/recorder.ts';
import { DAY, MINUTE } from '../../src/core/base.ts';
import type { TargetEvent } from '../../src/core/model.ts';
import type { Route } from '../../src/core/route.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Commit, Store } from '../../src/ports/store.ts';
import { createParts, START, TARGET } from './world.ts';

const ROUTE: Route = {
  id: 't2v',
  mode: 'enforce',
  capability: { task: 'text-to-video', durationsS: [4], aspectRatios: [], resolutions: [], audio: false },
  members: [{ target: TARGET, baseWeight: 1 }],
  policy: DEFAULT_ROUTING,
  fallbackContent: [],
};
const deaf = { gapMs: 0, tell: () => Promise.reject(new Error('not here')) };

async function setUp(wrap: (store: Store) => Partial<Store> = () => ({})) {
  const parts = await createParts({
    routes: [ROUTE],
    channels: [
      { id: 'slack', channel: { ...deaf, hears: () => true } },
      { id: 'pager', channel: { ...deaf, hears: ({ type }) => type.startsWith('incident.') } },
    ],
    sinks: [
      { id: 'gateway', sink: { routes: null, push: () => Promise.reject(new Error('not here')) } },
      { id: 'other', sink: { routes: ['i2v'], push: () => Promise.reject(new Error('not here')) } },
    ],
  });
  const rung: Commit[] = [];
  const store = { ...parts.store, ...wrap(parts.store) };
  const recorder = createRecorder({ ...parts, store, ring: (commit) => void rung.push(commit) });
  const state = async () => (await parts.store.peek()).states[0];
  return { parts, recorder, rung, state };
}

const blind: TargetEvent = {
  type: 'check.judged',
  at: START,
  verdict: { is: 'fail', cause: 'auth', blame: 'us', text: 'answered 401' },
};
const sighted: TargetEvent = { type: 'check.judged', at: START + 1, verdict: { is: 'pass', text: 'fine' } };

it('lets go of what the store refuses, and goes on with the next finding', async () => {
  let refusals = 0;
  const { parts, recorder, state } = await setUp(({ commit }) => ({
    commit: async (given) => (refusals++ === 0 ? 'refused' : commit(given)),
  }));

  await recorder.record(TARGET, () => ({ event: blind }));
  await recorder.record(TARGET, () => ({ event: sighted }));

  expect(refusals).toBe(2);
  expect(parts.logged).toContain('the store refuses this state: nothing of it was written');
  expect(await state()).toMatchObject({ version: 1 });
});

/** Makes a call take effect and lose its answer, the first time. */
function losingAnswers<A extends unknown[], R>(call: (...args: A) => Promise<R>) {
  let isFirst = true;
  return async (...args: A): Promise<R> => {
    const answer = await call(...args);
    if (!isFirst) return answer;
    isFirst = false;
    throw new StoreError('unavailable', 'the connection broke');
  };
}

/** The first commit with something to tell takes effect and loses its answer. */
function losingStories({ commit }: Store): Partial<Store> {
  const losing = losingAnswers(commit);
  return { commit: (given) => (given.outbox.length > 0 ? losing(given) : commit(given)) };
}

describe('the recorder', () => {
  it('commits a finding, its stories for whoever hears them, and its plan for whoever wants it', async () => {
    const { parts, recorder, rung, state } = await setUp();

    await recorder.record(TARGET, () => ({ event: blind }));

    expect((await state())?.blind?.cause).toBe('auth');
    expect(parts.board.state(TARGET)).toEqual(await state());
    const [entry, ...more] = await parts.store.dueEntries('slack', START, 10);
    expect([entry?.key, more]).toEqual([`${TARGET}#1.0/slack`, []]);
    expect(await parts.store.dueEntries('pager', START, 10)).toEqual([]);
    expect((await parts.store.duePushes('gateway', START, 10)).map(({ plan }) => plan.generation)).toEqual([
      1,
    ]);
    expect(await parts.store.duePushes('other', START, 10)).toEqual([]);
    expect(rung).toHaveLength(1);
  });

  it('writes nothing where nothing was learnt', async () => {
    const { recorder, rung, state } = await setUp();
    await recorder.record(TARGET, () => ({ event: blind }));

    await recorder.record(TARGET, () => ({ event: blind }));

    expect((await state())?.version).toBe(1);
    expect(rung).toHaveLength(1);
  });

  it('records findings one after the other, each on what the one before left', async () => {
    const { recorder } = await setUp();
    const seen: number[] = [];
    const find = (event: TargetEvent) => (state: { version: number }) => {
      seen.push(state.version);
      return { event };
    };

    await Promise.all([recorder.record(TARGET, find(blind)), recorder.record(TARGET, find(sighted))]);

    expect(seen).toEqual([0, 1]);
  });

  it('finds anew where somebody else wrote in between', async () => {
    const { parts, recorder, state } = await setUp();
    const other = createRecorder({ ...parts, board: { ...parts.board, apply: () => {} }, ring: () => {} });
    await other.record(TARGET, () => ({ event: blind }));
    const seen: (string | null)[] = [];

    await recorder.record(TARGET, ({ blind }) => {
      seen.push(blind?.cause ?? null);
      return { event: sighted };
    });

    expect(seen).toEqual([null, 'auth']);
    expect(await state()).toMatchObject({ version: 2, blind: null });
  });

  it('records once what was written though the answer got lost, and rings for it', async () => {
    const { parts, recorder, rung, state } = await setUp((store) => ({
      commit: losingAnswers(store.commit),
    }));

    const recorded = recorder.record(TARGET, () => ({ event: blind }));
    await parts.goOn(MINUTE);
    await recorded;

    expect((await state())?.version).toBe(1);
    expect(parts.board.state(TARGET).version).toBe(1);
    expect(rung.flatMap(({ outbox }) => outbox.map(({ key }) => key))).toEqual([`${TARGET}#1.0/slack`]);
  });

  it('gives up on writers that are always faster: that is a fault', async () => {
    const { recorder } = await setUp(() => ({ commit: () => Promise.resolve('conflict') }));

    await expect(recorder.record(TARGET, () => ({ event: blind }))).rejects.toThrow('conflicting writers');
  });
});

describe('planning', () => {
  it('plans each route once in an epoch, and again when its plan has aged', async () => {
    const { parts, recorder, rung } = await setUp();

    for (const [at, issuedBefore] of [
      [START, 0],
      [START + 1, 0],
      [START + 2, START],
      [START + 3, START + 1],
    ] as const) {
      await parts.time.advanceTo(at);
      await recorder.planAll(at, issuedBefore);
    }

    expect(rung.flatMap(({ plans }) => plans.map(({ plan }) => plan.issuedAt))).toEqual([START, START + 3]);
    expect(parts.board.plan('t2v')?.generation).toBe(2);
  });

  it('takes a plan that was written though the answer got lost for its own', async () => {
    const { parts, recorder } = await setUp((store) => ({ commit: losingAnswers(store.commit) }));

    const planned = recorder.planAll(START, 0);
    await parts.goOn(MINUTE);
    await planned;

    expect(parts.board.plan('t2v')).toEqual((await parts.store.peek()).plans[0]);
    expect(parts.board.plan('t2v')?.generation).toBe(1);
  });

  describe('of a route that people freeze', () => {
    const freeze = { route: null, author: 'anna', reason: 'new proxy', since: START + MINUTE, until: null };
    const told = async (store: Store) =>
      (await store.queuedEntries('route:t2v', 'slack', 10)).map(({ key, story: { effect } }) => [
        key,
        effect.type,
      ]);

    it.each([
      ['', () => ({})],
      [', though the answers of the store get lost', losingStories],
    ])('tells it once, and once that it is over%s', async (_how, wrap) => {
      const { parts, recorder, rung } = await setUp(wrap);
      const plan = async (minutes: number, issuedBefore = 0) => {
        const planned = recorder.planAll(START + minutes * MINUTE, issuedBefore);
        await parts.goOn(MINUTE);
        await planned;
      };
      await plan(0);
      parts.board.heard({ pins: [], freezes: [freeze], thaws: {} });
      for (const minutes of [1, 2, 3]) await plan(minutes, START + minutes * MINUTE);
      parts.board.heard({ pins: [], freezes: [], thaws: {} });
      for (const minutes of [4, 5]) await plan(minutes);

      expect(await told(parts.store)).toEqual([
        ['route:t2v#2.0/slack', 'route.frozen'],
        ['route:t2v#5.0/slack', 'route.thawed'],
      ]);
      expect(await parts.store.dueEntries('pager', START + DAY, 10)).toEqual([]);
      expect(parts.observed).toContain('route.thawed');
      expect(rung.filter(({ outbox }) => outbox.length > 0)).toHaveLength(2);
    });
  });

  it('ends the process where another daemon keeps planning the same routes', async () => {
    const { recorder } = await setUp(() => ({ commit: () => Promise.resolve('conflict') }));

    await expect(recorder.planAll(START, 0)).rejects.toThrow('another daemon');
  });
});
