/** What every store does, on whichever database. */

import { afterEach, describe, expect, it } from 'vitest';
import { DAY } from '../../src/core/base.ts';
import type { Db, Store } from '../../src/ports/store.ts';
import { openStore } from '../../src/store/store.ts';
import { NOON, aClaim, aCommit, aPlan, aState, closing } from '../store/samples.ts';
import { describeBadRows } from './store-bad-rows.ts';
import { describeHeaders } from './store-headers.ts';
import { describeHands } from './store-hands.ts';
import { describeMoney } from './store-money.ts';
import { describeOutbox } from './store-outbox.ts';
import { describeOutside } from './store-outside.ts';
import { describePrune } from './store-prune.ts';
import { describePushes } from './store-pushes.ts';
import { describeRuns } from './store-runs.ts';

export interface Given {
  /** A store on a database of its own, closed after the test. */
  fresh: () => Promise<{ store: Store; db: Db }>;
  /** How often a property is tried. */
  numRuns: number;
}

/** @param open a new, empty database at each call */
export function storeContract(name: string, open: () => Promise<Db>, numRuns: number): void {
  const opened: Db[] = [];
  const given: Given = {
    numRuns,
    fresh: async () => {
      const db = await open();
      opened.push(db);
      return { db, store: await openStore(db) };
    },
  };
  afterEach(async () => {
    for (const db of opened.splice(0)) await db.close();
  });

  describe(`a store on ${name}`, () => {
    describeBoard(given);
    describeRuns(given);
    describeCommit(given);
    describePushes(given);
    describeMoney(given);
    describeOutbox(given);
    describeOutside(given);
    describeBadRows(given);
    describePrune(given);
    describeHands(given);
    describeHeaders(given);
  });
}

function describeBoard({ fresh }: Given): void {
  it('starts with nothing, and counts the epoch up at each opening', async () => {
    const { store } = await fresh();

    expect(await store.open()).toEqual({ states: [], plans: [], epoch: 1, generation: 0 });
    expect(await store.open()).toMatchObject({ epoch: 2 });
  });

  it('leaves the epoch alone when it is only looked at', async () => {
    const { store } = await fresh();
    await store.open();

    await store.peek();

    expect(await store.peek()).toMatchObject({ epoch: 1 });
  });

  it('gives back states and plans as they were committed', async () => {
    const { store } = await fresh();
    const plan = aPlan('video', 7);
    await store.commit(
      aCommit('luma/ray-3', 1, [], { plans: [{ plan, before: 0, sinks: [] }], generation: 7 }),
    );

    const board = await store.peek();

    expect(board).toEqual({ states: [aState('luma/ray-3', 1)], plans: [plan], epoch: 0, generation: 7 });
  });

  it('never counts the generation back', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, [], { generation: 9 }));
    await store.commit(aCommit('b/m', 1, [], { generation: 4 }));

    expect(await store.peek()).toMatchObject({ generation: 9 });
  });
}

function describeCommit({ fresh }: Given): void {
  it('writes state, event and outbox together', async () => {
    const { store } = await fresh();

    expect(await store.commit(aCommit('a/m', 1, ['slack']))).toBe('done');

    expect((await store.peek()).states).toEqual([aState('a/m', 1)]);
    expect(await store.events('a/m')).toEqual([aCommit('a/m', 1).event]);
    expect(await store.dueEntries('slack', NOON, 10)).toMatchObject([{ key: 'a/m#1.0/slack', attempts: 0 }]);
  });

  it('gives events back in the order of the versions', async () => {
    const { store } = await fresh();
    for (const version of [1, 2, 3])
      await store.commit(aCommit('a/m', version, [], { event: aCommit('a/m', 1).event }));
    await store.commit(aCommit('a/m', 4, [], { event: { type: 'day.began', at: NOON - DAY } }));

    expect((await store.events('a/m')).map((event) => event.type)).toEqual([
      'check.judged',
      'check.judged',
      'check.judged',
      'day.began',
    ]);
  });

  it.each([
    ['the state was written by somebody else', { before: { version: 4 }, state: aState('a/m', 5) }],
    ['the state exists, though none was seen', { before: { version: 0 }, state: aState('a/m', 1) }],
    ['a plan was written by somebody else', { plans: [{ plan: aPlan('r', 9), before: 8, sinks: ['s'] }] }],
    ['a plan exists, though none was seen', { plans: [{ plan: aPlan('r', 9), before: 0, sinks: ['s'] }] }],
  ])('writes nothing at all where %s', async (_, conflict) => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    await store.commit(
      aCommit('a/m', 1, [], { plans: [{ plan: aPlan('r', 3), before: 0, sinks: [] }], generation: 3 }),
    );
    const before = await store.peek();

    const given = aCommit('a/m', 2, ['slack'], { closesRun: closing('a/m@1'), generation: 9, ...conflict });

    expect(await store.commit(given)).toBe('conflict');
    expect(await store.peek()).toEqual(before);
    expect(await store.openRuns()).toHaveLength(1);
    expect(await store.outboxCounts()).toEqual([]);
    expect(await store.events('a/m')).toHaveLength(1);
    expect(await store.pushStates()).toEqual([]);
  });

  it('judges a run once: the second judgement writes nothing', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    await store.commit(aCommit('a/m', 1, [], { closesRun: closing('a/m@1') }));

    const again = aCommit('a/m', 2, ['slack'], { closesRun: closing('a/m@1') });

    expect(await store.commit(again)).toBe('already_closed');
    expect((await store.peek()).states).toEqual([aState('a/m', 1)]);
    expect(await store.outboxCounts()).toEqual([]);
  });

  it('closes a run that taught nothing without a new version', async () => {
    const { store } = await fresh();
    await store.claimRun(aClaim('a/m@1'));
    await store.commit(aCommit('a/m', 1));
    const unchanged = aCommit('a/m', 1, [], { before: { version: 1 }, closesRun: closing('a/m@1') });

    expect(await store.commit(unchanged)).toBe('done');

    expect(await store.openRuns()).toEqual([]);
    expect(await store.events('a/m')).toHaveLength(1);
  });

  it('refuses to tell something where nothing changed', async () => {
    const { store } = await fresh();
    const wrong = aCommit('a/m', 1, ['slack'], { before: { version: 1 } });

    await expect(store.commit(wrong)).rejects.toThrow('something to tell');
  });

  it('leaves nothing of a transaction that threw in the middle', async () => {
    const { db } = await fresh();
    const work = db.transaction(async (tx) => {
      await tx.query("update meta set value = 99 where key = 'epoch'");
      throw new Error('power cut');
    });

    await expect(work).rejects.toThrow('power cut');
    expect(await db.query("select value from meta where key = 'epoch'")).toMatchObject([{ value: 0 }]);
  });

  it('does not let a handle outlive its transaction', async () => {
    const { db } = await fresh();
    const tx = await db.transaction(async (tx) => tx);

    await expect(tx.query('select 1 as n')).rejects.toThrow('its transaction had ended');
  });

  it('keeps transactions apart, so that a slow one is not mixed with the next', async () => {
    const { db } = await fresh();
    const addOne = () =>
      db.transaction(async (tx) => {
        const [row] = await tx.query("select value from meta where key = 'epoch'");
        await Promise.resolve();
        await tx.query("update meta set value = $1 where key = 'epoch'", [Number(row?.['value']) + 1]);
      });

    await Promise.all(Array.from({ length: 10 }, addOne));

    expect(await db.query("select value from meta where key = 'epoch'")).toMatchObject([{ value: 10 }]);
  });

  it('keeps fields of a state that it does not know', async () => {
    const { store } = await fresh();
    const state = { ...aState('a/m', 1), later: { added: true } };

    await store.commit(aCommit('a/m', 1, [], { state }));

    expect((await store.peek()).states).toEqual([state]);
  });
}
