import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../src/core/base.ts';
import type { Planned } from '../../src/core/audit.ts';
import type { Freeze, RoutePin } from '../../src/core/hands.ts';
import type { Store } from '../../src/ports/store.ts';
import { NOON, aCommit, aPlan } from '../store/samples.ts';
import type { Given } from './store.ts';

const PIN: RoutePin = {
  route: 'r',
  target: 'a/m',
  weight: 30,
  until: NOON + HOUR,
  author: 'ada',
  reason: 'a demo for «Kunde»',
};
const FREEZE: Freeze = { route: null, author: 'ada', reason: 'migration', since: NOON, until: null };
const BY = { author: 'ben', reason: 'done' };
const KEEP = { ageMs: DAY, runsPerTargetMax: 1, framesPerTargetMax: 1, auditAgeMs: 400 * DAY };

const typesOf = async (store: Store) => (await store.audit({ limit: 100 })).map(({ type }) => type);

export function describeHands({ fresh, numRuns }: Given): void {
  it('has heard nothing at first', async () => {
    const { store } = await fresh();

    expect(await store.hands()).toEqual({ pins: [], freezes: [], thaws: {} });
    expect(await store.audit({ limit: 10 })).toEqual([]);
  });

  it('keeps a pin as it was said last, and who said what before', async () => {
    const { store } = await fresh();
    const again: RoutePin = { ...PIN, weight: 'exclude', author: 'ben' };
    await store.pin(PIN, NOON);
    await store.pin({ ...PIN, target: 'b/m' }, NOON);

    await store.pin(again, NOON + MINUTE);

    expect((await store.hands()).pins).toEqual([again, { ...PIN, target: 'b/m' }]);
    const [newest] = await store.audit({ limit: 1 });
    expect(newest).toEqual({
      n: 3,
      type: 'pinned',
      at: NOON + MINUTE,
      route: 'r',
      target: 'a/m',
      author: 'ben',
      reason: PIN.reason,
      before: PIN,
      after: again,
    });
  });

  it('takes a pin back once, and writes nothing the second time', async () => {
    const { store } = await fresh();
    await store.pin(PIN, NOON);

    expect(await store.unpin('r', 'a/m', { at: NOON + 1, ...BY })).toEqual(PIN);
    expect(await store.unpin('r', 'a/m', { at: NOON + 2, ...BY })).toBeNull();

    expect((await store.hands()).pins).toEqual([]);
    expect(await store.audit({ limit: 10 })).toMatchObject([
      { type: 'unpinned', author: 'ben', reason: 'done', before: PIN, after: null },
      { type: 'pinned' },
    ]);
  });

  it('counts a freeze from when it was said first, unless it had ended', async () => {
    const { store } = await fresh();
    await store.freeze({ ...FREEZE, until: NOON + HOUR });
    await store.freeze({ ...FREEZE, author: 'ben', since: NOON + MINUTE, until: NOON + HOUR });
    expect((await store.hands()).freezes).toMatchObject([{ author: 'ben', since: NOON }]);

    await store.freeze({ ...FREEZE, since: NOON + HOUR });

    expect((await store.hands()).freezes).toEqual([{ ...FREEZE, since: NOON + HOUR }]);
    expect(await store.audit({ limit: 1 })).toMatchObject([{ type: 'frozen', before: null }]);
  });

  it('lifts the freeze that is meant, and remembers when for each route', async () => {
    const { store } = await fresh();
    await store.freeze(FREEZE);
    await store.freeze({ ...FREEZE, route: 'r' });
    await store.freeze({ ...FREEZE, author: 'file' });
    const thaw = { at: NOON + MINUTE, route: null, routes: ['r', 'q'], ...BY };

    expect(await store.thaw(thaw)).toEqual(FREEZE);
    expect(await store.thaw({ ...thaw, at: NOON + 1 })).toBeNull();

    const { freezes, thaws } = await store.hands();
    expect(freezes.map(({ route, author }) => [route, author])).toEqual([
      [null, 'file'],
      ['r', 'ada'],
    ]);
    expect(thaws).toEqual({ q: NOON + MINUTE, r: NOON + MINUTE });
    expect(await store.thaw({ ...thaw, author: 'file', routes: [] })).toMatchObject({ author: 'file' });
  });

  it('ends what is over, exactly then, and says so as of then', async () => {
    const { store } = await fresh();
    await store.pin(PIN, NOON);
    await store.pin({ ...PIN, target: 'b/m', until: NOON + 2 * HOUR }, NOON);
    await store.freeze({ ...FREEZE, until: NOON + HOUR });
    await store.freeze({ ...FREEZE, route: 'r' });

    expect(await store.endHands(NOON + HOUR - 1)).toBe(0);
    expect(await store.endHands(NOON + HOUR)).toBe(2);

    const { pins, freezes } = await store.hands();
    expect(pins.map(({ target }) => target)).toEqual(['b/m']);
    expect(freezes.map(({ route }) => route)).toEqual(['r']);
    expect(await store.audit({ limit: 2 })).toMatchObject([
      { type: 'freeze.ended', at: NOON + HOUR, route: null, author: 'ada' },
      { type: 'pin.ended', at: NOON + HOUR, target: 'a/m', author: 'ada' },
    ]);
  });

  it('holds what the deeds of people make of it, whatever they are', async () => {
    const deed = fc.record({
      what: fc.constantFrom('pin', 'unpin', 'end'),
      target: fc.constantFrom('a/m', 'b/m'),
      hours: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
        const { store, db } = await fresh();
        const expected = new Map<string, number>();
        for (const [n, { what, target, hours }] of deeds.entries()) {
          const at = NOON + n * HOUR;
          if (what === 'pin') {
            await store.pin({ ...PIN, target, until: at + hours * HOUR }, at);
            expected.set(target, at + hours * HOUR);
          } else if (what === 'unpin') {
            await store.unpin('r', target, { at, ...BY });
            expected.delete(target);
          } else {
            await store.endHands(at);
            for (const [target, until] of expected) if (until <= at) expected.delete(target);
          }
          const kept = (await store.hands()).pins.map(({ target, until }) => [target, until] as const);
          expect(Object.fromEntries(kept)).toEqual(Object.fromEntries(expected));
          const numbers = (await store.audit({ limit: 100 })).map(({ n }) => n);
          expect(numbers).toEqual(numbers.map((_, n) => numbers.length - n));
        }
        await db.close();
      }),
      { numRuns },
    );
  });

  describeAudit({ fresh, numRuns });
}

function describeAudit({ fresh }: Given): void {
  const planned = (generation: number): Planned => ({
    type: 'planned',
    at: NOON + generation,
    route: 'r',
    epoch: 1,
    generation,
    mode: 'enforce',
    posture: { before: 'normal', after: 'normal' },
    frozen: null,
    transition: null,
    members: [],
  });
  const commit = (store: Store, generation: number, audit: Planned | null) =>
    store.commit(
      aCommit('a/m', generation, [], {
        plans: [{ plan: aPlan('r', generation), before: generation - 1, sinks: ['webhook'], audit }],
        generation,
      }),
    );

  it('tells of a plan in the transaction that publishes it, or not at all', async () => {
    const { store } = await fresh();
    await commit(store, 1, planned(1));
    await commit(store, 2, null);
    const lost = await store.commit(
      aCommit('b/m', 1, [], {
        plans: [{ plan: aPlan('r', 3), before: 1, sinks: [], audit: planned(3) }],
      }),
    );

    expect(lost).toBe('conflict');
    expect(await store.audit({ limit: 10 })).toEqual([{ n: 1, ...planned(1) }]);
  });

  it('tells what came of pushes: once where nothing new came of them', async () => {
    const { store } = await fresh();
    await commit(store, 1, null);
    const settle = (outcome: Parameters<Store['settlePush']>[3], generation = 1) =>
      store.settlePush('webhook', 'r', generation, outcome);
    const refused = { is: 'retry', at: NOON, dueAt: NOON, error: 'HTTP 500' } as const;
    await settle(refused);
    await settle(refused);
    await settle({ is: 'applied', at: NOON });
    await settle({ ...refused, error: 'holds 7' });
    await settle({ is: 'applied', at: NOON });
    await settle({ is: 'applied', at: NOON }, 9);
    await commit(store, 2, null);
    await settle({ is: 'applied', at: NOON }, 2);
    await settle({ is: 'stopped', at: NOON, error: 'HTTP 410' }, 2);

    const told = (await store.audit({ limit: 10 })).toReversed();
    expect(
      told.map((entry) => (entry.type === 'pushed' ? [entry.generation, entry.result, entry.text] : [])),
    ).toEqual([
      [1, 'refused', 'HTTP 500'],
      [1, 'applied', ''],
      [1, 'drifted', 'holds 7'],
      [1, 'applied', ''],
      [2, 'stopped', 'HTTP 410'],
    ]);
  });

  it('is read from the newest back, of one route with what concerns all', async () => {
    const { store } = await fresh();
    for (const route of ['r', 'q', null, 'r']) await store.freeze({ ...FREEZE, route });

    const all = await store.audit({ limit: 3 });
    expect(all.map(({ n }) => n)).toEqual([4, 3, 2]);
    expect((await store.audit({ limit: 3, before: 2 })).map(({ n }) => n)).toEqual([1]);
    expect((await store.audit({ limit: 9, route: 'q' })).map(({ n }) => n)).toEqual([3, 2]);
    expect((await store.audit({ limit: 9, route: 'r', before: 4 })).map(({ n }) => n)).toEqual([3, 1]);
  });

  it('is forgotten by an age of its own, and never told under the same number again', async () => {
    const { store } = await fresh();
    await store.freeze({ ...FREEZE, since: NOON - 401 * DAY });
    await store.freeze({ ...FREEZE, since: NOON - 399 * DAY });

    expect(await store.prune(NOON, KEEP)).toBe(1);
    await store.prune(NOON + 10 * DAY, KEEP);
    await store.pin(PIN, NOON);

    expect(await typesOf(store)).toEqual(['pinned']);
    expect(await store.audit({ limit: 1 })).toMatchObject([{ n: 3 }]);
    expect((await store.hands()).freezes).toHaveLength(1);
  });
}
