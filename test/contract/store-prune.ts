import { expect, it } from 'vitest';
import { DAY, HOUR } from '../../src/core/base.ts';
import type { Store } from '../../src/ports/store.ts';
import { prune } from '../../src/store/prune.ts';
import { NOON, aClaim, aCommit, anEvent, closing } from '../store/samples.ts';
import type { Given } from './store.ts';

const KEEP_ALL = {
  ageMs: 365 * DAY,
  runsPerTargetMax: 1_000,
  framesPerTargetMax: 1_000,
  auditAgeMs: 365 * DAY,
};

/** A closed run with a frame that began so long before noon. */
async function pastRun(store: Store, runId: string, agoMs: number): Promise<void> {
  await store.claimRun(aClaim(runId, { at: NOON - agoMs }));
  const closesRun = closing(runId, {}, Buffer.from('jpeg').toString('base64'));
  await store.commit(aCommit('a/m', 1, [], { before: { version: 1 }, closesRun }));
}

async function runIds(store: Store): Promise<string[]> {
  return (await store.runs({ targets: ['a/m', 'b/m'], limit: 100 })).map((run) => run.runId);
}

export function describePrune({ fresh }: Given): void {
  it('deletes closed runs and their frames by age, and keeps open ones', async () => {
    const { store, db } = await fresh();
    await pastRun(store, 'a/m@old', 9 * DAY);
    await pastRun(store, 'a/m@new', 7 * DAY);
    await store.claimRun(aClaim('a/m@open', { at: NOON - 30 * DAY }));

    expect(await store.prune(NOON, { ...KEEP_ALL, ageMs: 8 * DAY })).toBe(2);

    expect(await runIds(store)).toEqual(['a/m@new', 'a/m@open']);
    expect(await db.query('select run_id from frames')).toMatchObject([{ run_id: 'a/m@new' }]);
  });

  it('never forgets a claim within two days, so that no slot is paid for twice', async () => {
    const { store } = await fresh();
    await pastRun(store, 'a/m@1', 47 * HOUR);
    await pastRun(store, 'a/m@2', 49 * HOUR);

    await store.prune(NOON, { ageMs: 1, runsPerTargetMax: 0, framesPerTargetMax: 0, auditAgeMs: 1 });

    expect(await runIds(store)).toEqual(['a/m@1']);
    expect(await store.claimRun(aClaim('a/m@1'))).toBe('taken');
  });

  it('keeps the newest runs of each target', async () => {
    const { store } = await fresh();
    for (const days of [3, 4, 5, 6]) await pastRun(store, `a/m@${days}`, days * DAY);
    await pastRun(store, 'b/m@9', 9 * DAY);

    await store.prune(NOON, { ...KEEP_ALL, runsPerTargetMax: 2 });

    expect(await runIds(store)).toEqual(['a/m@3', 'a/m@4', 'b/m@9']);
  });

  it('keeps the newest frames of each target, and the runs of the others', async () => {
    const { store } = await fresh();
    for (const hours of [1, 2, 3]) await pastRun(store, `a/m@${hours}`, hours * HOUR);

    expect(await store.prune(NOON, { ...KEEP_ALL, framesPerTargetMax: 2 })).toBe(1);

    const runs = await store.runs({ targets: ['a/m'], limit: 10 });
    expect(runs.map((run) => run.hasFrame)).toEqual([true, true, false]);
  });

  it('deletes old events and settled entries, and keeps what waits', async () => {
    const { store } = await fresh();
    const event = anEvent(NOON - 10 * DAY);
    await store.commit(aCommit('a/m', 1, ['told', 'dead', 'waiting'], { event }));
    await store.commit(aCommit('a/m', 2, [], { event: anEvent(NOON) }));
    await store.settleEntries(['a/m#1.0/told'], { is: 'done', at: NOON - 9 * DAY });
    await store.settleEntries(['a/m#1.1/dead'], { is: 'dead', at: NOON - 9 * DAY, error: 'no' });

    expect(await store.prune(NOON, { ...KEEP_ALL, ageMs: 8 * DAY })).toBe(3);

    expect(await store.outboxCounts()).toEqual([{ channel: 'waiting', due: 1, dead: 0 }]);
    expect(await store.events('a/m')).toEqual([anEvent(NOON)]);
    expect((await store.peek()).states).toHaveLength(1);
  });

  it('takes as many batches as it needs, and nothing the second time', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into events (target, version, at, event)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 1203)
       select 'a/m', i, 0, '{}' from n`,
    );

    expect(await store.prune(NOON, KEEP_ALL)).toBe(1_203);
    expect(await store.prune(NOON, KEEP_ALL)).toBe(0);
  });

  it('lets others have their turn between its batches', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into runs (id, target, provider, why, started_at, ended_at, reserved_usd, cost_usd)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 1801)
       select cast(i as text), case when i > 1500 then 'b/m' else 'a/m' end, 'a', 'slot', ${NOON - 3 * DAY} + i, 1, 0, 0 from n`,
    );
    let pauses = 0;

    const gone = await store.prune(NOON, { ...KEEP_ALL, runsPerTargetMax: 300 }, async () => {
      pauses += 1;
    });

    expect([gone, pauses >= 3]).toEqual([1_201, true]);
    expect(await store.runs({ targets: ['a/m'], limit: 1_000 })).toHaveLength(300);
    expect(await store.runs({ targets: ['b/m'], limit: 1_000 })).toHaveLength(300);
  });

  it('ranks the runs of each target by the index, never all of them at once', async () => {
    const { store, db } = await fresh();
    const asked: string[] = [];
    const spied = {
      ...db,
      query: (text: string, params?: Parameters<typeof db.query>[1]) => {
        asked.push(text);
        return db.query(text, params);
      },
    };
    await pastRun(store, 'a/m@old', 9 * DAY);

    await prune(spied, NOON, KEEP_ALL);

    expect(asked.filter((text) => text.includes('row_number'))).toEqual([]);
  });
}
