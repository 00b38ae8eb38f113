import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, MINUTE } from '../../src/core/base.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON, aCommit, aPlan, aState, aStory, aTale, anEvent } from '../store/samples.ts';
import type { Given } from './store.ts';

const TARGETS = ['a/m', 'b/m'] as const;
const CHANNELS = ['slack', 'pager'] as const;

export function describeOutbox({ fresh, numRuns }: Given): void {
  it('gives only the oldest entry of each target and channel', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, ['slack', 'pager', 'slack']));
    await store.commit(aCommit('a/m', 2, ['slack']));
    await store.commit(aCommit('b/m', 1, ['slack']));

    expect(await keys(store, NOON)).toEqual(['a/m#1.0/slack', 'b/m#1.0/slack', 'a/m#1.1/pager']);
  });

  it('makes the others wait while the oldest is tried again, and no other channel', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, ['slack', 'pager']));
    await store.commit(aCommit('a/m', 2, ['slack', 'pager']));
    await store.settleEntries(['a/m#1.0/slack'], retry(NOON + MINUTE));
    await store.settleEntries(['a/m#1.1/pager'], { is: 'done', at: NOON });

    expect(await keys(store, NOON)).toEqual(['a/m#2.1/pager']);
    await store.settleEntries(['a/m#2.1/pager'], { is: 'done', at: NOON });
    expect(await keys(store, NOON)).toEqual([]);
    expect(await nextAt(store)).toBe(NOON + MINUTE);
    expect(await store.dueEntries('slack', NOON + MINUTE, 9)).toMatchObject([
      { key: 'a/m#1.0/slack', attempts: 1 },
    ]);
  });

  it('orders more than ten versions and effects as numbers, not as text', async () => {
    const { store } = await fresh();
    await store.commit(
      aCommit(
        'a/m',
        9,
        Array.from({ length: 12 }, () => 'slack'),
        { before: { version: 0 } },
      ),
    );
    await store.commit(aCommit('a/m', 10, ['slack']));

    const queued = await store.queuedEntries('a/m', 'slack', 100);

    const numbers = Array.from({ length: 12 }, (_, n) => `a/m#9.${n}/slack`);
    expect(queued.map((entry) => entry.key)).toEqual([...numbers, 'a/m#10.0/slack']);
  });

  it('tells of a route in the order of its generations, beside what is told of targets', async () => {
    const { store } = await fresh();
    const of = (generation: number, position: number) => aTale('r', [generation, position], 'slack');
    const plan = { plan: aPlan('r', 10), before: 0, sinks: [] };
    await store.commit(aCommit('a/m', 1, ['slack']));
    // Nothing is learnt of the target, and yet its route has something to tell.
    const carrier = { before: { version: 1 }, state: aState('a/m', 1), plans: [plan], generation: 10 };
    const outbox = [of(10, 1), of(10, 0), of(9, NOON)];

    expect(await store.commit(aCommit('a/m', 1, [], { ...carrier, outbox }))).toBe('done');

    expect(await store.events('a/m')).toHaveLength(1);
    const queued = await store.queuedEntries('route:r', 'slack', 10);
    expect(queued.map(({ key }) => key)).toEqual([9, 10, 10].map((n, i) => of(n, [NOON, 0, 1][i] ?? 0).key));
    expect(queued[0]).toMatchObject({ target: 'route:r', story: of(9, NOON).story, createdAt: NOON });
    expect(await keys(store, NOON)).toEqual(['a/m#1.0/slack', of(9, NOON).key]);
    expect(await store.told('route:r')).toHaveLength(3);
    expect(await store.told('a/m')).toHaveLength(1);
  });

  it('tells nothing of a route whose plan somebody else wrote', async () => {
    const { store } = await fresh();
    const plans = [{ plan: aPlan('r', 9), before: 8, sinks: [] }];
    const outbox = [aTale('r', [9, 0], 'slack')];

    expect(await store.commit(aCommit('a/m', 1, [], { plans, outbox }))).toBe('conflict');

    expect(await store.outboxCounts()).toEqual([]);
  });

  it('lets the next entry come when one is given up', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, ['slack']));
    await store.commit(aCommit('a/m', 2, ['slack'], { event: anEvent(NOON + 1) }));

    await store.settleEntries(['a/m#1.0/slack'], { is: 'dead', at: NOON, error: 'x'.repeat(9_000) });

    expect(await keys(store, NOON + 1)).toEqual(['a/m#2.0/slack']);
    expect(await store.outboxCounts()).toEqual([{ channel: 'slack', due: 1, dead: 1 }]);
    expect(await store.deadEntries(10)).toEqual([
      {
        key: 'a/m#1.0/slack',
        channel: 'slack',
        target: 'a/m',
        story: aStory('a/m'),
        createdAt: NOON,
        attempts: 1,
        error: 'x'.repeat(500),
      },
    ]);
  });

  it('tells again what a target had to tell, each effect once, whoever heard it and whatever came of it', async () => {
    const { store } = await fresh();
    const entry = (version: number, n: number, channel: string, at: number) => ({
      key: `a/m#${version}.${n}/${channel}`,
      channel,
      target: 'a/m',
      story: aStory('a/m', at),
      dueAt: at,
    });
    const both = [entry(1, 0, 'slack', NOON), entry(1, 0, 'pager', NOON), entry(1, 1, 'slack', NOON + 1)];
    await store.commit(aCommit('a/m', 1, [], { outbox: both }));
    await store.commit(aCommit('a/m', 2, [], { outbox: [entry(2, 0, 'slack', NOON + 2)] }));
    await store.commit(aCommit('b/m', 1, ['slack']));
    await store.settleEntries(['a/m#1.0/slack'], { is: 'done', at: NOON });
    await store.settleEntries(['a/m#1.1/slack'], { is: 'dead', at: NOON, error: 'refused' });

    const told = await store.told('a/m');

    expect(told).toEqual([0, 1, 2].map((n) => aStory('a/m', NOON + n).effect));
    expect(await store.told('c/m')).toEqual([]);
  });

  it('never tells again more than 10,000 entries of a target, the newest', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into outbox (key, target, channel, version, position, story, created_at, attempts, due_at, state)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 10001)
       select 'a/m#' || cast(i as text) || '.0/slack', 'a/m', 'slack', i, 0, replace($1, '12345', cast(i as text)),
         0, 0, 0, 'done' from n`,
      [JSON.stringify(aStory('a/m', 12_345))],
    );

    const told = await store.told('a/m');

    expect(told).toHaveLength(10_000);
    expect([told[0]?.at, told.at(-1)?.at]).toEqual([2, 10_001]);
  });

  it('gives up what waits for channels that are gone, and nothing else', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, ['slack', 'gone', 'gone', 'told']));
    await store.settleEntries(['a/m#1.3/told'], { is: 'done', at: NOON });

    expect(await store.abandonEntries(['slack'], NOON)).toBe(2);

    expect(await store.outboxCounts()).toEqual([
      { channel: 'gone', due: 0, dead: 2 },
      { channel: 'slack', due: 1, dead: 0 },
    ]);
    expect(await store.deadEntries(1)).toMatchObject([{ error: 'The channel is no longer configured.' }]);
    expect(await store.abandonEntries(['slack'], NOON)).toBe(0);
  });

  it('leaves told entries as they are when they are settled again', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, ['slack']));
    await store.settleEntries(['a/m#1.0/slack'], { is: 'done', at: NOON });

    await store.settleEntries(['a/m#1.0/slack'], retry(NOON));

    expect(await nextAt(store)).toBeNull();
    expect(await store.outboxCounts()).toEqual([]);
  });

  it('settles several entries that were told as one', async () => {
    const { store } = await fresh();
    await store.commit(aCommit('a/m', 1, ['slack']));
    await store.commit(aCommit('a/m', 2, ['slack']));

    await store.settleEntries(['a/m#1.0/slack', 'a/m#2.0/slack'], { is: 'done', at: NOON });

    expect(await store.queuedEntries('a/m', 'slack', 10)).toEqual([]);
  });

  it('makes what waits on one channel due at once, and leaves what is over as it is', async () => {
    const { store } = await fresh();
    for (const target of TARGETS) await store.commit(aCommit(target, 1, ['slack', 'pager']));
    for (const key of ['a/m#1.0/slack', 'b/m#1.0/slack', 'a/m#1.1/pager'])
      await store.settleEntries([key], retry(NOON + MINUTE));
    await store.settleEntries(['b/m#1.0/slack'], { is: 'dead', at: NOON, error: 'no' });
    await store.settleEntries(['b/m#1.1/pager'], { is: 'done', at: NOON });

    await store.hastenEntries('slack', NOON + 1);

    expect(await store.nextEntryAt('slack')).toBe(NOON + 1);
    expect(await store.nextEntryAt('pager')).toBe(NOON + MINUTE);
    expect(await keys(store, NOON + 1)).toEqual(['a/m#1.0/slack']);
  });

  it('finds what was given up of one target and channel, in order, the newest where there are more', async () => {
    const { store } = await fresh();
    for (const version of [1, 2, 3]) await store.commit(aCommit('a/m', version, ['slack', 'pager']));
    await store.commit(aCommit('b/m', 1, ['slack']));
    const dead = { is: 'dead' as const, at: NOON, error: 'no' };
    await store.settleEntries(['a/m#1.0/slack', 'a/m#2.0/slack', 'a/m#1.1/pager', 'b/m#1.0/slack'], dead);

    const found = await store.deadEntriesOf('a/m', 'slack', 10);
    const newest = await store.deadEntriesOf('a/m', 'slack', 1);

    expect(found.map(({ key }) => key)).toEqual(['a/m#1.0/slack', 'a/m#2.0/slack']);
    expect(newest.map(({ key }) => key)).toEqual(['a/m#2.0/slack']);
  });

  it('never gives more than 1,000 entries at once', async () => {
    const { store, db } = await fresh();
    await db.query(
      `insert into outbox (key, target, channel, version, position, story, created_at, attempts, due_at, state)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 1001)
       select cast(i as text), cast(i as text), 'slack', 1, 0, cast($1 as text), 0, 0, 0, 'due' from n`,
      [JSON.stringify(aStory('a/m'))],
    );

    expect(await store.dueEntries('slack', NOON, 5_000)).toHaveLength(1_000);
    expect(await store.dueEntries('slack', NOON, 3)).toHaveLength(3);
  });

  it('tells in order and wakes only for what can be claimed, whatever fails in between', async () => {
    const move = fc.oneof(
      fc.record({
        do: fc.constant('commit' as const),
        target: fc.constantFrom(...TARGETS),
        channels: fc.array(fc.constantFrom(...CHANNELS), { maxLength: 3 }),
      }),
      fc.record({ do: fc.constantFrom('done' as const, 'retry' as const, 'dead' as const), pick: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
        const { store, db } = await fresh();
        const versions = new Map<string, number>();
        const waiting = new Map<string, string[]>();
        const told: unknown[] = [];
        const expected: unknown[] = [];
        let now = NOON;
        for (const step of moves) {
          if (step.do === 'commit') {
            const version = (versions.get(step.target) ?? 0) + 1;
            versions.set(step.target, version);
            const commit = aCommit(step.target, version, step.channels, { event: anEvent(now) });
            await store.commit(commit);
            for (const { key, channel } of commit.outbox) queueOf(waiting, step.target, channel).push(key);
          } else {
            const next = await nextAt(store);
            if (next === null) continue;
            now = Math.max(now, next);
            const due = await allDue(store, now);
            const entry = due[step.pick % due.length];
            const queue = queueOf(waiting, entry?.target ?? '', entry?.channel ?? '');
            told.push(entry?.key);
            expected.push(queue[0]);
            if (step.do !== 'retry') queue.shift();
            const outcome = step.do === 'retry' ? retry(now + MINUTE) : { is: step.do, at: now, error: 'no' };
            await store.settleEntries([entry?.key ?? ''], outcome);
          }
        }
        const left = [...waiting.values()].filter((queue) => queue.length > 0);
        expect(told).toEqual(expected);
        expect(new Set(await keys(store, now + DAY))).toEqual(new Set(left.map((queue) => queue[0])));
        expect((await nextAt(store)) === null).toBe(left.length === 0);
        await db.close();
      }),
      { numRuns },
    );
  });
}

function queueOf(waiting: Map<string, string[]>, target: string, channel: string): string[] {
  const name = `${target} ${channel}`;
  const queue = waiting.get(name) ?? [];
  waiting.set(name, queue);
  return queue;
}

/** What the loops of all channels would find. */
async function allDue(store: Store, now: number) {
  return (await Promise.all(CHANNELS.map((channel) => store.dueEntries(channel, now, 100)))).flat();
}

async function nextAt(store: Store): Promise<number | null> {
  const times = await Promise.all(CHANNELS.map((channel) => store.nextEntryAt(channel)));
  const known = times.filter((at) => at !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

async function keys(store: Store, now: number): Promise<string[]> {
  return (await allDue(store, now)).map((entry) => entry.key);
}

function retry(dueAt: number) {
  return { is: 'retry' as const, dueAt, error: 'HTTP 503' };
}
