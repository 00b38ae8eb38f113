/** Clocks that are set, processes that stand still, hosts that sleep: what passes meanwhile is nobody's fault. */

import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { brokenPromises } from './invariants.ts';
import { createScript, instantOf } from './script.ts';
import type { Script } from './script.ts';
import { PEACE } from './world.ts';

const ALL = ['runway/gen4.5', 'runway/wan3', 'kling/kling-3.0', 'fal/pika-2.2'];
/** Those whose canaries come at a fixed pace, and that pace. */
const PACED = ['runway/gen4.5', 'kling/kling-3.0', 'fal/pika-2.2'];
const PACE_MS = 10 * MINUTE;
const ROUTE = ['runway/gen4.5', 'kling/kling-3.0', 'fal/pika-2.2'];

/** How often canaries of a target were accepted between two instants of the world. */
function ordersOf({ world }: Script, target: string, from: number, to: number): number {
  return world.books.orders.filter(({ key, at }) => key.startsWith(`${target}@`) && at >= from && at < to)
    .length;
}

/** The longest time without an order of a target, between two instants of the world. */
function longestSilenceMs({ world }: Script, target: string, from: number, to: number): number {
  const ats = world.books.orders.filter(({ key }) => key.startsWith(`${target}@`)).map(({ at }) => at);
  const within = [from, ...ats.filter((at) => at > from && at < to), to];
  return Math.max(...within.slice(1).map((at, n) => at - (within[n] ?? at)));
}

function incidents({ world }: Script): string[] {
  return [...world.books.entries.values()]
    .flat()
    .map(({ story }) => story.effect)
    .filter(({ type }) => type.startsWith('incident.') || type === 'blind.began')
    .map((effect) => `${effect.type} ${'target' in effect ? effect.target : ''}`);
}

const weightsIn = (script: Script) => ROUTE.map((target) => script.weight('t2v', target));

describe('a clock that is set back', () => {
  it.each(['-30s', '-1h', '-48h'])('by %s stops neither canaries nor plans', async (by) => {
    const script = await createScript();
    script.at('03:00:20').clockStep(by);
    const before = instantOf('03:00');

    await script.runTo('07:00');

    for (const target of PACED)
      expect(
        longestSilenceMs(script, target, before, instantOf('07:00')),
        `of ${target}`,
      ).toBeLessThanOrEqual(2 * PACE_MS + 2 * MINUTE);
    for (const target of ALL)
      expect(ordersOf(script, target, before, instantOf('07:00')), `of ${target}`).toBeGreaterThan(0);
    const wall = script.world.time.now() + script.world.machine.offsetMs();
    for (const plan of script.world.held.get('gateway')?.values() ?? []) {
      expect(plan.issuedAt).toBeLessThanOrEqual(wall);
      expect(plan.issuedAt).toBeGreaterThan(wall - script.world.settings().planValidMs);
    }
    expect(incidents(script)).toEqual([]);
    expect(script.world.books.violations).toEqual([]);
  });

  it('delays no alert', async () => {
    const script = await createScript();
    script.at('03:00:20').clockStep('-6h');
    script.at('03:05').outage('kling', '1h');

    await script.runTo('03:45');

    expect(script.messages('slack', 'kling/kling-3.0').map(({ types }) => types)).toEqual([
      ['incident.opened'],
    ]);
  });

  it('while the daemon was away stops nothing either', async () => {
    const script = await createScript();
    script.at('03:00').kill('1m');
    script.at('03:00:30').clockStep('-24h');

    await script.runTo('05:00');

    for (const target of PACED)
      expect(
        longestSilenceMs(script, target, instantOf('03:00'), instantOf('05:00')),
        `of ${target}`,
      ).toBeLessThanOrEqual(2 * PACE_MS + 3 * MINUTE);
    expect(incidents(script)).toEqual([]);
  });
});

/** Moments at which jobs of ours are in flight, or are not. */
const MOMENTS = ['03:00:10', '03:01:15', '03:06:20'];

describe.each<[what: string, awayMs: number, happen: (script: Script, at: string) => void]>([
  ['a process that stands still for 5 minutes', 5 * MINUTE, (script, at) => script.at(at).pause('5m')],
  ['a process that stands still for 40 minutes', 40 * MINUTE, (script, at) => script.at(at).pause('40m')],
  ['a host that sleeps for two hours', 2 * HOUR, (script, at) => script.at(at).suspend('2h')],
  ['a clock that is set forward by two days', 0, (script, at) => script.at(at).clockStep('48h')],
])('%s', (_, awayMs, happen) => {
  it.each(MOMENTS)('at %s is no fault of any provider, and moves no weight', async (at) => {
    const script = await createScript();
    await script.runTo(at);
    const before = weightsIn(script);
    happen(script, at);

    await script.runTo('06:00');

    expect(incidents(script)).toEqual([]);
    const after = script.world.books.issued.filter(
      (one) => one.at > instantOf(at) && one.plan.route === 't2v',
    );
    for (const { plan } of after)
      for (const [n, target] of ROUTE.entries()) {
        const weight = plan.members.find((member) => member.target === target)?.weight ?? 0;
        expect(Math.abs(weight - (before[n] ?? 0)), `of ${target}`).toBeLessThanOrEqual(8);
      }
    // The budget of a day is one of the clock's: nobody can tell one that was set from a host that slept.
    expect(script.world.books.violations.filter((text) => !text.includes('in a day'))).toEqual([]);
  });

  it('is followed by one canary of each target, not by one for each that was missed', async () => {
    const script = await createScript();
    happen(script, '03:03');
    const resumedAt = instantOf('03:03') + awayMs;

    await script.runTo('07:00');

    for (const target of PACED) {
      expect(
        ordersOf(script, target, resumedAt, resumedAt + 90 * SECOND),
        `of ${target}`,
      ).toBeLessThanOrEqual(1);
      expect(ordersOf(script, target, resumedAt, resumedAt + 2 * PACE_MS), `of ${target}`).toBeGreaterThan(0);
    }
    const atOnce = script.world.books.orders.filter(
      ({ at }) => at >= resumedAt && at < resumedAt + 3 * SECOND,
    );
    expect(atOnce.length).toBeLessThanOrEqual(2);
  });
});

describe('an outage', () => {
  it('that began while the process stood still is found after it', async () => {
    const script = await createScript();
    script.at('03:00').pause('20m');
    script.at('03:10').outage('kling', '90m');

    await script.runTo('06:00');

    script.expectOnce('incident.opened', 'kling/kling-3.0', ['03:20', '03:35']);
    script.expectOnce('incident.closed', 'kling/kling-3.0', ['04:40', '05:10']);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('that is open while the process stands still is not over because nothing was seen', async () => {
    const script = await createScript();
    script.at('03:00').outage('kling', '90m');
    script.at('03:30').pause('20m');

    await script.runTo('06:00');

    script.expectOnce('incident.opened', 'kling/kling-3.0', ['03:00', '03:13']);
    script.expectOnce('incident.closed', 'kling/kling-3.0', ['04:30', '05:00']);
    expect(script.world.books.violations).toEqual([]);
  });
});

describe('a store that takes no writes', () => {
  it.each(MOMENTS)('for 40 minutes from %s on is no fault of any provider', async (at) => {
    const script = await createScript();
    await script.runTo(at);
    script.world.setChaos({ ...PEACE, storeFails: 2 });
    await script.runTo('03:50');
    script.world.setChaos(PEACE);
    await script.runTo('06:00');

    expect(incidents(script)).toEqual([]);
  });
});

describe('a date that comes while the host sleeps', () => {
  it('is acted on when it wakes', async () => {
    const script = await createScript();
    script.world.notices.push({
      provider: 'runway',
      model: 'wan3',
      knownAt: instantOf('06:00'),
      notice: {
        id: 'runway:wan3',
        kind: 'announced',
        subject: 'wan3',
        effectiveAt: instantOf('day 2 00:00'),
        replacement: 'wan4',
        source: 'the changelog',
        url: 'https://runway.invalid/changelog',
      },
    });
    script.at('23:30').suspend('9h');

    await script.runTo('day 2 09:00');

    script.expectOnce('target.retired', 'runway/wan3', ['day 2 08:30', 'day 2 08:32']);
    expect(script.world.books.violations).toEqual([]);
  });
});
