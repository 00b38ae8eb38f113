import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, MINUTE } from '../../src/core/base.ts';
import type { DriftNote } from '../../src/ports/outbox.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON, aCommit, aPlan, aTale } from '../store/samples.ts';
import type { Given } from './store.ts';

export function describePushes({ fresh, numRuns }: Given): void {
  const planned = async (store: Store, generation: number, before: number, sinks = ['webhook']) => {
    const [state] = (await store.peek()).states;
    const version = (state?.version ?? 0) + 1;
    return store.commit(
      aCommit('a/m', version, [], { plans: [{ plan: aPlan('r', generation), before, sinks }], generation }),
    );
  };

  it('owes each sink the newest plan only', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0);
    await planned(store, 2, 1);

    expect(await store.duePushes('webhook', NOON, 10)).toEqual([
      { sink: 'webhook', plan: aPlan('r', 2), attempts: 0 },
    ]);
  });

  it('keeps a newer plan due when an older push comes back', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0);
    await planned(store, 2, 1);

    await store.settlePush('webhook', 'r', 1, { is: 'applied', at: NOON });

    expect(await store.duePushes('webhook', NOON, 10)).toHaveLength(1);
    expect(await store.pushStates()).toMatchObject([{ desired: 2, applied: null, state: 'due' }]);
  });

  it('owes nothing once the newest plan is applied', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0);

    await store.settlePush('webhook', 'r', 1, { is: 'applied', at: NOON });

    expect(await store.duePushes('webhook', NOON + DAY, 10)).toEqual([]);
    expect(await store.nextPushAt('webhook')).toBeNull();
    expect(await store.pushStates()).toEqual([
      { sink: 'webhook', route: 'r', desired: 1, applied: 1, state: 'applied', error: null, drift: null },
    ]);
  });

  it('tries a failed push again when it falls due, and a newer plan at once', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0);
    await store.settlePush('webhook', 'r', 1, {
      is: 'retry',
      at: NOON,
      dueAt: NOON + MINUTE,
      error: 'HTTP 500',
    });

    expect(await store.duePushes('webhook', NOON, 10)).toEqual([]);
    expect(await store.nextPushAt('webhook')).toBe(NOON + MINUTE);
    expect(await store.duePushes('webhook', NOON + MINUTE, 10)).toMatchObject([{ attempts: 1 }]);
    await planned(store, 2, 1);
    expect(await store.duePushes('webhook', NOON, 10)).toMatchObject([
      { attempts: 0, plan: { generation: 2 } },
    ]);
  });

  it('leaves a sink alone that wants no more pushes, whatever is planned', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0);
    await store.settlePush('webhook', 'r', 1, { is: 'stopped', at: NOON, error: 'HTTP 410' });

    expect(await store.nextPushAt('webhook')).toBeNull();
    expect(await store.pushStates()).toMatchObject([{ state: 'stopped', error: 'HTTP 410' }]);
    await planned(store, 2, 1);
    expect(await store.nextPushAt('webhook')).toBeNull();
    expect(await store.pushStates()).toMatchObject([{ desired: 2, state: 'stopped', error: 'HTTP 410' }]);
  });

  it('seeds new sinks, revives stopped ones, leaves applied ones and drops unwanted ones', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0, ['applied', 'stopped', 'unwanted']);
    await store.settlePush('applied', 'r', 1, { is: 'applied', at: NOON });
    await store.settlePush('stopped', 'r', 1, { is: 'stopped', at: NOON, error: 'HTTP 410' });
    const wanted = ['applied', 'stopped', 'new'].map((sink) => ({ sink, route: 'r' }));

    await store.seedPushes([...wanted, { sink: 'new', route: 'not planned yet' }], NOON + 5);

    const next = await Promise.all(wanted.map(({ sink }) => store.nextPushAt(sink)));
    expect(next).toEqual([null, NOON + 5, NOON + 5]);
    expect((await store.pushStates()).map((push) => push.sink)).toEqual(['applied', 'new', 'stopped']);
  });

  it('brings a row up to its plan that was left behind, and never wakes for it before', async () => {
    const { store } = await fresh();
    await planned(store, 1, 0, ['webhook']);
    await planned(store, 2, 1, []);

    expect(await store.nextPushAt('webhook')).toBeNull();
    await store.seedPushes([{ sink: 'webhook', route: 'r' }], NOON);
    expect(await store.duePushes('webhook', NOON, 10)).toMatchObject([{ plan: { generation: 2 } }]);
  });

  const drift = { since: NOON, lastAt: NOON, times: 1, sames: 0 };
  const noteOf = (more: Partial<DriftNote> = {}): DriftNote => ({
    sink: 'webhook',
    route: 'r',
    generation: 1,
    at: NOON,
    before: null,
    drift,
    error: 'holds 100, not 47',
    outbox: [aTale('r', [1, NOON], 'slack')],
    ...more,
  });
  const applied = async () => {
    const { store } = await fresh();
    await planned(store, 1, 0);
    await store.settlePush('webhook', 'r', 1, settledAt(NOON));
    return store;
  };

  it('writes down that a router differs, with what is told of it, and pushes again', async () => {
    const store = await applied();

    expect(await store.noteDrift(noteOf())).toBe(true);

    expect(await store.pushStates()).toMatchObject([{ state: 'due', error: 'holds 100, not 47', drift }]);
    expect(await store.duePushes('webhook', NOON, 10)).toHaveLength(1);
    expect(await store.dueEntries('slack', NOON, 10)).toMatchObject([{ target: 'route:r' }]);
  });

  it.each<[string, Partial<DriftNote>]>([
    ['again, because the answer was lost', {}],
    ['of a plan that is not applied any more', { before: drift, generation: 0 }],
    ['beside what somebody else has noted', { before: { ...drift, times: 7 } }],
    ['of another route', { before: drift, route: 'other' }],
  ])('writes nothing %s', async (_why, more) => {
    const store = await applied();
    await store.noteDrift(noteOf());
    await store.settlePush('webhook', 'r', 1, settledAt(NOON));
    const before = await store.pushStates();

    expect(await store.noteDrift(noteOf({ outbox: [aTale('r', [1, NOON + 1], 'slack')], ...more }))).toBe(
      false,
    );

    expect(await store.pushStates()).toEqual(before);
    expect(await store.queuedEntries('route:r', 'slack', 10)).toHaveLength(1);
  });

  it('keeps what routers were found to hold while new plans come, and until it is over', async () => {
    const store = await applied();
    await store.noteDrift(noteOf());
    await planned(store, 2, 1);
    await store.settlePush('webhook', 'r', 2, settledAt(NOON));
    await store.seedPushes([{ sink: 'webhook', route: 'r' }], NOON);
    const later = { ...drift, sames: 1 };
    const quiet = { generation: 2, error: null, outbox: [] };

    expect(await store.pushStates()).toMatchObject([{ state: 'applied', drift }]);
    expect(await store.noteDrift(noteOf({ ...quiet, before: drift, drift: later }))).toBe(true);
    expect(await store.pushStates()).toMatchObject([{ state: 'applied', drift: later, error: null }]);
    expect(await store.noteDrift(noteOf({ ...quiet, before: later, drift: null }))).toBe(true);
    expect(await store.pushStates()).toMatchObject([{ state: 'applied', drift: null }]);
  });

  it('wakes each sink exactly when its push is due', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 3 }), { maxLength: 12 }), async (moves) => {
        const { store, db } = await fresh();
        let generation = 0;
        let expected: Record<string, number | null> = {};
        for (const move of [0, ...moves]) {
          if (move === 0) {
            await planned(store, ++generation, generation - 1, ['a', 'b']);
            expected = { a: NOON, b: NOON };
          } else if (move === 1) {
            await store.settlePush('a', 'r', generation, { is: 'applied', at: NOON });
            expected['a'] = null;
          } else {
            const dueAt = NOON + move * MINUTE;
            await store.settlePush('b', 'r', generation, { is: 'retry', at: NOON, dueAt, error: 'HTTP 500' });
            expected['b'] = dueAt;
          }
          for (const [sink, at] of Object.entries(expected)) {
            expect(await store.nextPushAt(sink)).toBe(at);
            expect(await store.duePushes(sink, (at ?? NOON + DAY) - 1, 10)).toEqual([]);
            expect(await store.duePushes(sink, at ?? 0, 10)).toHaveLength(at === null ? 0 : 1);
          }
        }
        await db.close();
      }),
      { numRuns },
    );
  });
}

function settledAt(at: number) {
  return { is: 'applied' as const, at };
}
