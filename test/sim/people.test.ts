/** People's words in a world that goes on around them: storms, deaths, and a store that fails. */

import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import type { Hands } from '../../src/ports/hands.ts';
import { brokenPromises } from './invariants.ts';
import { brokenWords } from './people.ts';
import { createScript, instantOf } from './script.ts';
import type { Script } from './script.ts';
import { liveThrough } from './weather.ts';

const KLING = 'kling/kling-3.0';
const BY = { author: 'ada', reason: 'migration' };

describe('a stormy day with a person who pins and freezes at random', () => {
  it.each([11, 12])('breaks no promise (seed %i)', async (seed) => {
    const { broken, counts } = await liveThrough(seed, 0.5, { hasPeople: true });

    expect(broken).toEqual([]);
    expect(counts.deaths).toBeGreaterThan(1);
  });
});

/** Says something at a moment, to the daemon that is there. */
function say(script: Script, label: string, word: (hands: Hands) => Promise<unknown>): void {
  script.world.time.at(instantOf(label), () => {
    const hands = script.world.app()?.hands;
    if (hands !== undefined) void word(hands);
  });
}

describe('a freeze', () => {
  it('holds weights through an outage and a death, keeps the plan valid, and no message says they moved', async () => {
    const script = await createScript();
    script.at('10:00').outage('kling', '3h');
    say(script, '09:50', (hands) => hands.freeze(null, null, BY));
    say(script, '12:00', (hands) => hands.thaw(null, BY));
    script.at('10:40').kill();

    await script.runTo('09:49');
    const before = script.weight('t2v', KLING);
    await script.runTo('11:59');

    expect(script.weight('t2v', KLING)).toBe(before);
    const plan = script.world.held.get('gateway')?.get('t2v');
    expect(plan).toMatchObject({ posture: 'frozen', frozen: { by: 'ada', since: instantOf('09:50') } });
    const { validUntil } = script.world.app()!.view;
    expect(validUntil()).toBeGreaterThan(instantOf('11:59') + 10 * MINUTE);
    expect(plan?.issuedAt).toBeGreaterThan(instantOf('11:59') - 10 * MINUTE);
    const [opened] = (script.world.books.entries.get(`slack ${KLING}`) ?? []).map(({ story }) => story);
    expect([opened?.effect.type, opened?.moves]).toEqual(['incident.opened', []]);

    await script.runTo('12:02');
    expect(script.weight('t2v', KLING)).toBe(0);
    await script.runTo('17:00');
    expect(await brokenPromises(script.world)).toEqual([]);
  });
});

describe('a pin', () => {
  it('outlives the process, is held by routers until its end, and no moment longer', async () => {
    const script = await createScript();
    const until = instantOf('13:00');
    const pin = { route: 't2v', target: KLING, weight: 7, until, ...BY };
    say(script, '10:00', (hands) => hands.pin(pin));
    for (const at of ['10:20', '11:00', '12:10']) script.at(at).kill();

    await script.runTo('10:01');
    expect(script.weight('t2v', KLING)).toBe(7);
    await script.runTo('12:59:59');
    expect(script.weight('t2v', KLING)).toBe(7);
    await script.runTo('13:00:05');
    expect(script.weight('t2v', KLING)).toBeGreaterThan(7);

    await script.runTo('14:00');
    const { audit } = script.world.store;
    const deeds = (await audit({ limit: 1_000 })).filter(({ type }) => type.startsWith('pin'));
    expect(deeds.toReversed()).toMatchObject([
      { type: 'pinned', at: instantOf('10:00'), after: pin },
      { type: 'pin.ended', at: until, before: pin },
    ]);
    expect(await brokenWords(script.world)).toEqual([]);
  });
});
