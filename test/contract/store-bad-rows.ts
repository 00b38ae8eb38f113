import { expect, it } from 'vitest';
import { freshState } from '../../src/core/fresh.ts';
import type { BadRow } from '../../src/ports/bad-row.ts';
import type { Db } from '../../src/ports/store.ts';
import { openStore } from '../../src/store/store.ts';
import { NOON, PASS, aClaim, aCommit, aPlan, aState, anEvent, closing } from '../store/samples.ts';
import type { Given } from './store.ts';

/** What a disk, an editor or another program may leave in a column of ours. */
const BROKEN = ['', '{"id":', 'null', '[]', '{"id":7}'];

export function describeBadRows({ fresh }: Given): void {
  const opened = async () => {
    const { db } = await fresh();
    const bad: BadRow[] = [];
    return { db, bad, store: await openStore(db, { onBadRow: (row) => bad.push(row) }) };
  };

  it.each(BROKEN)(
    'makes a message of which %j is left a dead entry, and the next one comes',
    async (text) => {
      const { db, store, bad } = await opened();
      await store.commit(aCommit('a/m', 1, ['slack']));
      await store.commit(aCommit('a/m', 2, ['slack']));
      await db.query("update outbox set story = $1 where key = 'a/m#1.0/slack'", [text]);

      expect(await store.dueEntries('slack', NOON, 10)).toEqual([]);

      expect(await store.dueEntries('slack', NOON, 10)).toMatchObject([{ key: 'a/m#2.0/slack' }]);
      expect(await store.queuedEntries('a/m', 'slack', 10)).toHaveLength(1);
      expect(await store.outboxCounts()).toEqual([{ channel: 'slack', due: 1, dead: 1 }]);
      expect(await store.deadEntries(10)).toEqual([]);
      expect(bad).toMatchObject([{ table: 'outbox', key: 'a/m#1.0/slack', error: expect.any(String) }]);
    },
  );

  it('closes a run whose job cannot be read; its money stays counted', async () => {
    const { db, store, bad } = await opened();
    await store.claimRun(aClaim('a/m@1'));
    await store.claimRun(aClaim('a/m@2'));
    await db.query("update runs set job = '{' where id = 'a/m@1'");

    expect(await store.openRuns()).toMatchObject([{ runId: 'a/m@2' }]);

    expect(await store.openRuns()).toHaveLength(1);
    expect(await store.spentSince(NOON - 1)).toEqual({ a: 1 });
    expect(bad).toMatchObject([{ table: 'runs', key: 'a/m@1' }]);
  });

  it.each(BROKEN)(
    'begins a target anew of whose state %j is left, and goes on counting its versions',
    async (text) => {
      const { db, store, bad } = await opened();
      for (const version of [1, 2, 3])
        await store.commit(aCommit('a/m', version, [], { event: anEvent(NOON) }));
      await store.commit(aCommit('b/m', 1));
      await db.query("update states set state = $1 where target = 'a/m'", [text]);

      const { states } = await store.open();

      expect(states).toEqual([{ ...freshState('a/m', NOON), version: 3 }, aState('b/m', 1)]);
      expect(await store.commit(aCommit('a/m', 4))).toBe('done');
      expect((await store.peek()).states[0]).toMatchObject({ version: 4 });
      expect(bad).toMatchObject([{ table: 'states', key: 'a/m' }]);
    },
  );

  it('forgets a plan that cannot be read, so that the route is planned anew', async () => {
    const { db, store, bad } = await opened();
    await store.commit(aCommit('a/m', 1, [], { plans: [{ plan: aPlan('r', 7), before: 0, sinks: ['s'] }] }));
    await db.query("update plans set plan = '{}'");

    expect(await store.duePushes('s', NOON, 10)).toEqual([]);

    expect(await store.nextPushAt('s')).toBeNull();
    expect((await store.open()).plans).toEqual([]);
    const again = { plans: [{ plan: aPlan('r', 8), before: 0, sinks: ['s'] }] };
    expect(await store.commit(aCommit('a/m', 2, [], again))).toBe('done');
    expect(await store.duePushes('s', NOON, 10)).toMatchObject([{ plan: { generation: 8 } }]);
    expect(bad).toMatchObject([{ table: 'plans', key: 'r' }]);
  });

  it('forgets a pin and a freeze that cannot be read, and keeps the others', async () => {
    const { db, store, bad } = await opened();
    const by = { author: 'ada', reason: 'because' };
    for (const route of ['r1', 'r2']) {
      await store.pin({ route, target: 'a/m', weight: 5, until: NOON + 9, ...by }, NOON);
      await store.freeze({ route, since: NOON, until: null, ...by });
    }
    await db.query("update pins set pin = '{' where route = 'r1'");
    await db.query("update freezes set said = '{' where scope = 'r2'");

    expect(await store.hands()).toMatchObject({ pins: [{ route: 'r2' }], freezes: [{ route: 'r1' }] });

    expect(await store.endHands(NOON + 10)).toBe(1);
    expect(bad.map(({ table, key }) => [table, key])).toEqual([
      ['pins', 'r1 a/m'],
      ['freezes', 'r2 hand'],
    ]);
  });

  it('reports what it can only read, changes nothing, and gives the rest', async () => {
    const { db, store } = await opened();
    await store.commit(aCommit('a/m', 1));
    await store.commit(aCommit('b/m', 1));
    await db.query("update states set state = '{' where target = 'a/m'");
    const bad: BadRow[] = [];
    const reader = await openStore(db, { isReadOnly: true, onBadRow: (row) => bad.push(row) });

    expect((await reader.peek()).states).toMatchObject([{ id: 'a/m', version: 1 }, { id: 'b/m' }]);

    expect(bad).toHaveLength(1);
    expect(await db.query("select state from states where target = 'a/m'")).toMatchObject([{ state: '{' }]);
  });

  it('makes a message that the database refuses a dead entry, and writes all the others', async () => {
    const { db, store, bad } = await opened();
    await refuse(db, 'outbox', 'story', "not like '%b/m%'");
    const outbox = [aCommit('a/m', 1, ['slack']), aCommit('b/m', 1, ['slack'])].flatMap((one) => one.outbox);

    expect(await store.commit(aCommit('a/m', 1, [], { outbox }))).toBe('done');

    expect(await store.outboxCounts()).toEqual([{ channel: 'slack', due: 1, dead: 1 }]);
    expect((await store.peek()).states).toEqual([aState('a/m', 1)]);
    expect(bad).toMatchObject([{ table: 'outbox', key: 'b/m#1.0/slack' }]);
  });

  it('closes a run without the trace that the database refuses', async () => {
    const { db, store, bad } = await opened();
    await refuse(db, 'runs', 'trace', "not like '%refused%'");
    await store.claimRun(aClaim('a/m@1'));
    const steps = [{ at: NOON, what: 'refused', detail: '' }];

    const given = aCommit('a/m', 1, ['slack'], { closesRun: closing('a/m@1', { steps }) });
    expect(await store.commit(given)).toBe('done');

    expect(await store.run('a/m@1')).toMatchObject({ endedAt: NOON + 60_000, verdict: PASS, trace: null });
    expect(await store.outboxCounts()).toEqual([{ channel: 'slack', due: 1, dead: 0 }]);
    expect(bad).toMatchObject([{ table: 'runs', key: 'a/m@1' }]);
  });

  it('says that a state was refused, closes its run, and writes nothing else', async () => {
    const { db, store, bad } = await opened();
    await refuse(db, 'states', 'state', "not like '%a/m%'");
    await store.claimRun(aClaim('a/m@1'));

    const given = aCommit('a/m', 1, ['slack'], { closesRun: closing('a/m@1') });
    expect(await store.commit(given)).toBe('refused');

    expect(await store.openRuns()).toEqual([]);
    expect((await store.peek()).states).toEqual([]);
    expect(await store.outboxCounts()).toEqual([]);
    expect(bad).toMatchObject([{ table: 'states', key: 'a/m' }]);
  });

  it('settles what is told and pushed, also where the database refuses the words of it', async () => {
    const { db, store, bad } = await opened();
    await refuse(db, 'outbox', 'error', "not like '%no%'");
    await refuse(db, 'pushes', 'error', "not like '%no%'");
    const plans = [{ plan: aPlan('r', 1), before: 0, sinks: ['s'] }];
    await store.commit(aCommit('a/m', 1, ['slack'], { plans }));

    await store.settleEntries(['a/m#1.0/slack'], { is: 'dead', at: NOON, error: 'no' });
    await store.settlePush('s', 'r', 1, { is: 'stopped', at: NOON, error: 'no' });

    expect(await store.outboxCounts()).toEqual([{ channel: 'slack', due: 0, dead: 1 }]);
    expect(await store.pushStates()).toMatchObject([{ state: 'stopped' }]);
    expect(bad.map(({ table }) => table)).toEqual(['outbox', 'pushes']);
  });
}

/** Makes the table anew so that it refuses some values of one column, as a damaged or a foreign one may. */
async function refuse(db: Db, table: 'outbox' | 'runs' | 'states' | 'pushes', column: string, check: string) {
  await db.query(`drop table ${table}`);
  const columns = {
    outbox: `key text primary key, target text, channel text, version bigint, position bigint, story text,
      created_at bigint, attempts bigint, due_at bigint, state text, ended_at bigint, error text`,
    runs: `id text primary key, target text, provider text, why text, started_at bigint, ended_at bigint,
      reserved_usd double precision, cost_usd double precision, job text, job_id text, accepted_at bigint, resumes bigint default 0, ready_ms bigint, video_ms bigint,
      verdict text, trace text`,
    states: 'target text primary key, version bigint, state text',
    pushes: `sink text, route text, generation bigint, attempts bigint, due_at bigint, state text, applied bigint,
      error text, noted text, drift text, primary key (sink, route)`,
  }[table];
  await db.query(`create table ${table} (${columns}, check (${column} ${check}))`);
}
