/** What is told of routes, through crashes: weights that are held, and routers that others write to. */

import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { brokenPromises } from './invariants.ts';
import { createScript } from './script.ts';
import type { Script } from './script.ts';
import { EASILY_FROZEN, liveThrough } from './weather.ts';

const T2V = 'route:t2v';
/** The clocks of this world's providers differ too much for a minute. */
const EASY = { ejectGapMs: 20 * MINUTE };

async function threeBreak(chaos = {}): Promise<Script> {
  const script = await createScript({ routing: EASY });
  script.at('10:00').chaos(chaos);
  for (const who of ['runway', 'kling', 'fal']) script.at('10:00').fault('bad_video', who, '2h');
  script.at('16:00').chaos({});
  return script;
}

describe('three providers that break at once', () => {
  it('freeze the weights, and that is told once, and once that they move again', async () => {
    const script = await threeBreak();

    await script.runTo('20:00');

    const frozen = script.expectOnce('route.frozen', T2V, ['10:00', '10:40']);
    expect(frozen).toMatchObject({ by: 'policy', mode: 'enforce', endsAt: frozen.since + 15 * MINUTE });
    expect(frozen.out.map(({ provider }) => provider).toSorted()).toEqual(['fal', 'kling', 'runway']);
    const thawed = script.expectOnce('route.thawed', T2V, ['10:15', '11:00']);
    expect(thawed).toMatchObject({ ended: 'time', since: frozen.since });
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it.each([
    ['the process dies again and again', { storeKills: 0.05 }],
    ['the store loses its answers', { storeFails: 0.1 }],
    ['the process dies between the receiver’s yes and our note of it', { tellKills: 0.5 }],
  ])('are told of once though %s', async (_what, chaos) => {
    const script = await threeBreak(chaos);

    await script.runTo('20:00');

    const kept = script.world.books.entries.get(`slack ${T2V}`) ?? [];
    expect(kept.map(({ story }) => story.effect.type)).toEqual(['route.frozen', 'route.thawed']);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('are one message where nobody could be told before it was over', async () => {
    const script = await threeBreak();
    script.at('09:00').fault('deaf', 'slack', '4h');

    await script.runTo('20:00');

    expect(script.messages('slack', T2V).map(({ types }) => types)).toEqual([
      ['route.frozen', 'route.thawed'],
    ]);
  });
});

describe('a router that others write to', () => {
  it('is told of twice, though they write for hours and the daemon dies in between', async () => {
    const script = await createScript({ isAsked: true });
    script.at('10:00').fault('meddled', 'gateway', '3h');
    for (const at of ['10:30', '11:10:13', '12:59', '13:05']) script.at(at).kill();

    await script.runTo('16:00');

    const drifted = script.expectOnce('router.drifted', T2V, ['10:00', '10:02']);
    const settled = script.expectOnce('router.settled', T2V, ['13:09', '13:14']);
    expect(drifted).toMatchObject({ sink: 'gateway', what: ['holds what others wrote'] });
    expect(settled).toMatchObject({ since: drifted.at, sink: 'gateway' });
    expect(settled.times).toBeGreaterThan(300);
    expect(await brokenPromises(script.world)).toEqual([]);
  });
});

describe('stormy hours in which routes freeze and routers drift', () => {
  it.each([2, 6])('break no promise (seed %i)', { timeout: 60_000 }, async (seed) => {
    const { broken, told } = await liveThrough(seed, 0.4, EASILY_FROZEN);

    expect(broken, `replay: npm run sim -- --seeds ${seed}-${seed} --days 0.4 --routes`).toEqual([]);
    for (const type of ['route.frozen', 'route.thawed', 'router.drifted', 'router.settled'])
      expect(told).toContain(type);
  });
});
