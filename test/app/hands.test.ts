/** The desk for what people say, on a real store and virtual time. */

import { afterEach, describe, expect, it } from 'vitest';
import { createHands } from '../../src/app/hands.ts';
import type { HandsDesk } from '../../src/app/hands.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { RoutePin } from '../../src/core/hands.ts';
import type { Route, RoutePlan } from '../../src/core/route.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import type { Flag } from '../../src/ports/hands.ts';
import type { Store } from '../../src/ports/store.ts';
import { StoreError } from '../../src/ports/store.ts';
import { routeOf } from '../core/routes.ts';
import { aSettings, createParts, START, TARGET } from './world.ts';
import type { Parts } from './world.ts';

const OTHER = 'blame/two';
const BY = { author: 'ada', reason: 'a demo' };

function settingsWithRoutes() {
  const settings = aSettings();
  const [first] = settings.targets;
  const target = { id: OTHER, provider: 'blame', model: 'two', region: null };
  const route: Route = routeOf([
    [TARGET, 50, 'healthy'],
    [OTHER, 50, 'healthy'],
  ]);
  const policy = { ...DEFAULT_ROUTING, risePerMinute: 100, freezeAt: 2 };
  return {
    ...settings,
    targets: [first!, { ...first!, target }],
    routes: [
      { ...route, policy },
      { ...route, policy, id: 'cheap' },
    ],
  };
}

interface Desk {
  parts: Parts;
  hands: HandsDesk;
  plan: (route?: string) => RoutePlan;
  weights: (route?: string) => string;
}

const open: Parts[] = [];
afterEach(async () => {
  for (const parts of open.splice(0)) {
    parts.stop.abort();
    await parts.goOn(SECOND);
    await parts.store.close();
  }
});

async function deskOf(more: { flag?: Flag; store?: (store: Store) => Partial<Store> } = {}): Promise<Desk> {
  const parts = await createParts(settingsWithRoutes());
  open.push(parts);
  const store = { ...parts.store, ...more.store?.(parts.store) };
  const recorder = createRecorder({ ...parts, store, ring: () => {} });
  const hands = createHands({ ...parts, store, recorder, flag: more.flag ?? null });
  await hands.load();
  await recorder.planAll(parts.clock.now(), 0);
  void hands.run(parts.stop.signal);
  const plan = (route = 't2v.default') => parts.board.plan(route)!;
  const weights = (route?: string) =>
    plan(route)
      .members.map(({ weight }) => weight)
      .join(' ');
  return { parts, hands, plan, weights };
}

const pin = (change: Partial<RoutePin> = {}): RoutePin => ({
  route: 't2v.default',
  target: TARGET,
  weight: 80,
  until: START + HOUR,
  ...BY,
  ...change,
});

describe('a pin', () => {
  it('moves the weights of its route before the answer comes, and of no other', async () => {
    const { hands, weights } = await deskOf();

    expect(await hands.pin(pin())).toEqual({ is: 'done', what: pin() });

    expect([weights(), weights('cheap')]).toEqual(['80 20', '50 50']);
  });

  it('ends by itself, at its very end', async () => {
    const { hands, parts, weights } = await deskOf();
    await hands.pin(pin());

    await parts.goOn(HOUR - 1);
    expect(weights()).toBe('80 20');
    await parts.goOn(2);

    expect([weights(), hands.said().pins]).toEqual(['50 50', []]);
    const [planned, ended] = await parts.store.audit({ limit: 2 });
    expect(planned).toMatchObject({ type: 'planned', at: START + HOUR });
    expect(ended).toMatchObject({ type: 'pin.ended', at: START + HOUR, author: 'ada' });
  });

  it('is taken back once', async () => {
    const { hands, weights } = await deskOf();
    await hands.pin(pin({ weight: 'exclude' }));
    expect(weights()).toBe('0 100');

    expect(await hands.unpin('t2v.default', TARGET, BY)).toMatchObject({ is: 'done' });
    expect(await hands.unpin('t2v.default', TARGET, BY)).toMatchObject({
      is: 'refused',
      refusal: { code: 'not_pinned', text: `${TARGET} is not pinned in t2v.default.` },
    });
    expect(weights()).toBe('50 50');
  });

  it.each([
    [{ until: START + 25 * HOUR }, 'too_long'],
    [{ until: START }, 'ended'],
    [{ route: 'nowhere' }, 'unknown_route'],
    [{ target: 'nobody/x' }, 'unknown_target'],
  ])('is refused, and nothing is written: %j', async (change, code) => {
    const { hands, parts, weights } = await deskOf();
    const before = await parts.store.audit({ limit: 10 });

    expect(await hands.pin(pin(change))).toMatchObject({ is: 'refused', refusal: { code } });

    expect(weights()).toBe('50 50');
    expect(await parts.store.audit({ limit: 10 })).toEqual(before);
  });

  it('stands in the audit beside the plan that came of it', async () => {
    const { hands, parts } = await deskOf();
    await hands.pin(pin());

    const [planned, pinned] = await parts.store.audit({ limit: 2 });
    expect(pinned).toMatchObject({ type: 'pinned', ...BY, before: null, after: pin() });
    expect(planned).toMatchObject({
      type: 'planned',
      route: 't2v.default',
      posture: { before: 'normal', after: 'normal' },
      members: [
        {
          target: TARGET,
          before: 50,
          weight: 80,
          pinnedBy: 'ada',
          line: expect.stringMatching(/^base 50 × state .* → 80 %; pinned by ada: a demo$/),
        },
        { target: OTHER, before: 50, weight: 20, pinnedBy: null },
      ],
    });
  });

  it('is there again after a restart, and one that ended meanwhile is not', async () => {
    const { hands, parts } = await deskOf();
    await hands.pin(pin());
    await hands.pin(pin({ target: OTHER, route: 'cheap', until: START + MINUTE }));
    parts.stop.abort();
    await parts.goOn(2 * MINUTE);

    const recorder = createRecorder({ ...parts, ring: () => {} });
    const again = createHands({ ...parts, recorder, flag: null });
    parts.board.heard({ pins: [], freezes: [], thaws: {} });
    await again.load();

    expect(again.said().pins).toEqual([pin()]);
    expect((await parts.store.hands()).pins).toEqual([pin()]);
  });
});

describe('a freeze', () => {
  it('holds all routes or one, and is lifted where it was laid', async () => {
    const { hands, plan } = await deskOf();
    await hands.freeze('cheap', null, BY);
    expect([plan().posture, plan('cheap').posture]).toEqual(['normal', 'frozen']);
    await hands.freeze(null, null, { author: 'ben', reason: 'migration' });
    expect(plan().frozen).toEqual({ since: START, why: 'migration', by: 'ben' });

    expect(await hands.thaw(null, BY)).toEqual({ is: 'done', what: { lifted: 1, held: ['cheap'] } });

    expect([plan().posture, plan('cheap').posture]).toEqual(['normal', 'frozen']);
    expect(await hands.thaw('cheap', BY)).toEqual({ is: 'done', what: { lifted: 1, held: [] } });
    expect(plan('cheap').posture).toBe('normal');
  });

  it('ends by itself where it has an end', async () => {
    const { hands, parts, plan } = await deskOf();
    await hands.freeze(null, START + MINUTE, BY);

    await parts.goOn(MINUTE - 1);
    expect(plan().frozen).toMatchObject({ by: 'ada', until: START + MINUTE });
    await parts.goOn(2);

    expect(plan().posture).toBe('normal');
  });

  it.each<[string, string | null, string]>([
    ['there is none', null, 'No route is frozen.'],
    ['there is none of the route', 't2v.default', 't2v.default is not frozen.'],
  ])('that is to be lifted where %s is refused', async (_what, route, text) => {
    const { hands } = await deskOf();

    expect(await hands.thaw(route, BY)).toMatchObject({ is: 'refused', refusal: { text } });
  });

  it('of another reach is named to whoever would lift it', async () => {
    const { hands } = await deskOf();
    await hands.freeze(null, null, BY);
    expect(await hands.thaw('cheap', BY)).toMatchObject({
      refusal: { text: 'cheap is held by the freeze of all routes, by ada: lift that one.' },
    });
    await hands.thaw(null, BY);
    await hands.freeze('cheap', null, BY);
    expect(await hands.thaw(null, BY)).toMatchObject({
      refusal: { text: 'Not all routes are frozen, only cheap, by ada: name that route.' },
    });
  });

  it('of the policy’s own is lifted by a person, though what went out is still out', async () => {
    const { hands, parts, plan } = await deskOf();
    const frozen = { since: START, by: 'policy', why: 'two failed' };
    const generation = parts.board.generation();
    const members = plan().members.map((member) => ({
      ...member,
      ejectedAt: START,
      ramp: { step: 0, at: START, passes: 0 },
    }));
    for (const id of [TARGET, OTHER]) {
      const state = { ...parts.board.state(id), health: 'down' as const };
      parts.board.apply({
        state,
        plans: [{ ...plan(), members, posture: 'frozen', frozen }],
        generation,
      });
    }

    expect(await hands.thaw(null, BY)).toEqual({ is: 'done', what: { lifted: 1, held: [] } });

    expect([plan().posture, plan().frozen]).toEqual(['panic', null]);
    expect((await parts.store.hands()).thaws).toEqual({ cheap: START, 't2v.default': START });
    const types = (await parts.store.audit({ limit: 3 })).map(({ type }) => type);
    expect(types).toEqual(['planned', 'planned', 'thawed']);
  });
});

describe('the freeze file', () => {
  type Seen = Awaited<ReturnType<Flag['look']>>;
  const flagOf = (first: Seen) => {
    const flag = { seen: first, look: () => Promise.resolve(flag.seen) };
    return flag;
  };

  it('holds all weights within a second, says why, and lets them go again', async () => {
    const flag = flagOf({ is: 'absent' });
    const { parts, plan } = await deskOf({ flag });

    flag.seen = { is: 'there', reason: 'we move house' };
    await parts.goOn(SECOND + 1);
    expect(plan('cheap').frozen).toMatchObject({ by: 'file', why: 'we move house' });
    flag.seen = { is: 'absent' };
    await parts.goOn(SECOND + 1);

    expect(plan('cheap').frozen).toBeNull();
    const deeds = (await parts.store.audit({ limit: 100 })).filter(({ type }) => type !== 'planned');
    expect(deeds).toMatchObject([
      { type: 'thawed', author: 'file', reason: 'the freeze file is gone' },
      { type: 'frozen', author: 'file', reason: 'we move house' },
    ]);
  });

  it('is lifted by nobody but whoever removes it', async () => {
    const { hands, plan } = await deskOf({ flag: flagOf({ is: 'there', reason: '' }) });
    expect(plan().frozen).toMatchObject({ by: 'file', why: 'the freeze file is there' });

    expect(await hands.thaw(null, BY)).toMatchObject({
      is: 'refused',
      refusal: {
        text: 'A file holds all routes (the freeze file is there): they move again when it is removed.',
      },
    });
    await hands.freeze(null, null, BY);
    expect(await hands.thaw(null, BY)).toEqual({
      is: 'done',
      what: { lifted: 1, held: ['t2v.default', 'cheap'] },
    });
  });

  it('leaves things as they are where it cannot be looked for, and complains once', async () => {
    const flag = flagOf({ is: 'there', reason: 'we move house' });
    const { parts, plan } = await deskOf({ flag });
    await parts.goOn(2 * SECOND);

    flag.seen = { is: 'unknown', why: 'EACCES' };
    await parts.goOn(10 * SECOND);

    expect(plan().posture).toBe('frozen');
    expect(parts.logged.filter((line) => line.includes('cannot be looked for'))).toHaveLength(1);
  });

  it('that is looked for no more holds nothing', async () => {
    const { parts } = await deskOf({ flag: flagOf({ is: 'there', reason: 'we move house' }) });
    await parts.goOn(2 * SECOND);
    parts.stop.abort();

    const recorder = createRecorder({ ...parts, ring: () => {} });
    await createHands({ ...parts, recorder, flag: null }).load();

    expect((await parts.store.hands()).freezes).toEqual([]);
  });
});

describe('a store that does not take it', () => {
  it('is told of at once, and what was done although the answer was lost is found', async () => {
    let isLost = true;
    const { hands, parts, weights } = await deskOf({
      store: (store) => ({
        pin: async (...given) => {
          await store.pin(...given);
          if (isLost) throw new StoreError('unavailable', 'the answer got lost');
        },
      }),
    });

    await expect(hands.pin(pin())).rejects.toMatchObject({ code: 'unavailable' });
    await parts.goOn(1);
    expect(weights()).toBe('80 20');

    isLost = false;
    expect(await hands.pin(pin({ weight: 70 }))).toMatchObject({ is: 'done' });
    expect(weights()).toBe('70 30');
  });
});
