import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SECOND } from '../../src/core/base.ts';
import { brokenPromises } from './invariants.ts';
import { createScript, instantOf } from './script.ts';
import type { Script } from './script.ts';
import { PEACE } from './world.ts';
import type { World } from './world.ts';

const KLING = 'kling/kling-3.0';

/** Goes on in small steps until something is so. */
async function runUntil({ world }: Script, isSo: () => boolean): Promise<void> {
  const giveUpAt = world.time.now() + 86_400_000;
  while (!isSo() && world.time.now() < giveUpAt) await world.runTo(world.time.now() + SECOND);
  expect(isSo()).toBe(true);
}

describe('a crash', () => {
  it('between the order and the saved job orders nothing twice, and the money stays counted', async () => {
    const script = await createScript();
    const { world } = script;
    await script.runTo('10:00');
    world.setChaos({ ...PEACE, orderKills: 1 });

    await runUntil(script, () => world.books.counts.deaths === 1);
    world.setChaos(PEACE);
    const lost = world.books.orders.at(-1);
    await script.runTo('14:00');

    const run = await world.store.run(lost?.key ?? '');
    expect(run?.verdict).toMatchObject({ is: 'inconclusive', cause: 'interrupted' });
    expect(run?.costUsd).toBe(lost?.usd);
    expect(world.books.orders.filter(({ key }) => key === lost?.key)).toHaveLength(1);
    expect(await brokenPromises(world)).toEqual([]);
  });

  it('after the job was saved goes on with that job', async () => {
    const script = await createScript();
    const { world } = script;
    await script.runTo('10:00');
    const isSaved = async () => (await world.store.openRuns()).find(({ job }) => job !== null);
    while ((await isSaved()) === undefined) await world.runTo(world.time.now() + SECOND);
    const saved = await isSaved();

    world.kill('in the middle of a job');
    await script.runTo('12:00');

    const run = await world.store.run(saved?.runId ?? '');
    expect(run?.verdict?.is).toBe('pass');
    expect(run?.trace?.isResumed).toBe(true);
    expect(run?.jobId).toBe(saved?.jobId);
    expect(await brokenPromises(world)).toEqual([]);
  });

  it('of hours leaves finished jobs to be fetched, and slots that passed are not made up for', async () => {
    const script = await createScript();
    script.at('10:00:40').kill('3h');

    await script.runTo('16:00');

    expect(script.orders('kling', '10:01', '13:00')).toBe(0);
    expect(script.orders('kling', '13:00', '13:10')).toBeLessThanOrEqual(2);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('between the receiver yes and our note of it tells the story again with the same key', async () => {
    const script = await createScript();
    const { world } = script;
    script.at('10:00').outage('kling', '40m');
    script.at('10:00').chaos({ tellKills: 1 });

    await script.runTo('10:00');
    await runUntil(script, () => ofKling(world).length === 1);
    world.setChaos(PEACE);
    await script.runTo('14:00');

    const [first] = ofKling(world);
    const again = world.books.tellings.filter(({ key }) => key === first?.key);
    expect(again.map(({ stories }) => stories.length)).toEqual([1, 1]);
    expect(world.books.counts.repeats).toBe(1);
    expect(await brokenPromises(world)).toEqual([]);
  });

  it('there, and silence until the outage is over, still lets a receiver that drops repeated keys hear the end', async () => {
    const script = await createScript();
    const { world } = script;
    script.at('10:00').outage('kling', '40m');
    script.at('10:00').chaos({ tellKills: 1 });
    world.faults.add({ who: 'pager', kind: 'deaf', fromAt: instantOf('09:00'), untilAt: instantOf('11:00') });

    await script.runTo('10:00');
    await runUntil(script, () => ofKling(world).length === 1);
    world.setChaos(PEACE);
    world.faults.add({ who: 'slack', kind: 'deaf', fromAt: world.time.now(), untilAt: instantOf('12:00') });
    await script.runTo('14:00');

    const told = script.messages('slack', KLING);
    expect(told.map(({ types }) => types)).toEqual([
      ['incident.opened'],
      ['incident.opened', 'incident.closed'],
    ]);
    expect(await brokenPromises(world)).toEqual([]);
  });
});

/** What receivers took of Kling; other messages may come before. */
function ofKling({ books }: World) {
  return books.tellings.filter(({ key }) => key.startsWith(KLING));
}

describe('a stop', () => {
  it('ends within five seconds though an order, a delivery and a push never get an answer', async () => {
    const script = await createScript();
    const { world } = script;
    for (const who of ['runway', 'kling', 'fal', 'thrift', 'slack', 'pager', 'gateway', 'edge'])
      script.at('10:00').fault('hang', who, '2h');
    for (const at of ['10:05', '10:20:05', '10:30:12', '10:40:03', '11:00:01']) script.at(at).stop();

    await script.runTo('18:00');

    expect(world.books.violations).toEqual([]);
    expect(world.books.counts.stops).toBe(5);
    expect(world.books.counts.deaths).toBe(0);
    expect(await brokenPromises(world)).toEqual([]);
  });

  it('ends in time at every moment of a run', async () => {
    const script = await createScript();
    const { world } = script;
    for (let n = 0; n < 60; n++)
      script.at(`10:${String(n).padStart(2, '0')}:${String((n * 7) % 60).padStart(2, '0')}`).stop();

    await script.runTo('14:00');

    expect(await brokenPromises(world)).toEqual([]);
    expect(world.books.counts.stops).toBeGreaterThan(50);
  });

  it('leaves nothing running where it comes while the daemon is still starting', async () => {
    const script = await createScript({ chaos: { ...PEACE, storeSlow: 1 } });
    const { world } = script;
    await script.runTo('10:00');

    for (let n = 0; n < 60; n++) {
      world.kill('to start again');
      await world.runTo(world.time.now() + 50);
      while (world.app() === null) await world.runTo(world.time.now() + 50);
      await world.runTo(world.time.now() + n * 61);
      world.stop();
      await world.runTo(world.time.now() + 6 * SECOND);
    }
    world.setChaos(PEACE);
    await script.runTo('14:00');

    expect(world.books.counts.stops).toBe(60);
    expect(await brokenPromises(world)).toEqual([]);
  });

  it('of a daemon whose store is away ends in time, and nothing is lost', async () => {
    const script = await createScript();
    script.at('10:00').chaos({ storeFails: 1 });
    script.at('10:06').stop();
    script.at('10:07').chaos({});

    await script.runTo('14:00');

    expect(await brokenPromises(script.world)).toEqual([]);
  });
});

describe('a store in a file', () => {
  it('carries everything from one life to the next', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reelwatch-sim-'));
    const script = await createScript({ file: join(folder, 'store.db') });
    script.at('01:00').outage('kling', '30m');
    for (const at of ['00:30', '01:10', '01:20', '02:00']) script.at(at).kill();

    await script.runTo('04:00');

    expect(script.world.books.counts.deaths).toBe(4);
    expect(await brokenPromises(script.world)).toEqual([]);
    script.expectOnce('incident.closed', KLING, ['01:30', '02:00']);
    await script.world.store.close();
    await rm(folder, { recursive: true });
  });
});
