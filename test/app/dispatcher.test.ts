import { describe, expect, it } from 'vitest';
import { tellForever } from '../../src/app/dispatcher.ts';
import { createDoorbell } from '../../src/app/doorbell.ts';
import { DAY, HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Story, TargetEffect } from '../../src/core/effect.ts';
import type { AlertChannel, Delivery } from '../../src/ports/channels.ts';
import type { Settings } from '../../src/ports/settings.ts';
import type { Commit } from '../../src/ports/store.ts';
import { aCommit, aStory } from '../store/samples.ts';
import { createParts, START } from './world.ts';
import type { Parts } from './world.ts';

const [ONE, TWO] = ['acme/one', 'acme/two'];

interface Heard {
  at: number;
  key: string;
  types: string[];
}

/** A channel that answers from a list, then says yes; a number answers that much later. */
function aChannel(parts: Parts, answers: (Delivery | 'never')[] = [], more: Partial<AlertChannel> = {}) {
  const heard: Heard[] = [];
  const channel: AlertChannel = {
    hears: () => true,
    gapMs: 0,
    tell: async ({ stories }, key, signal) => {
      heard.push({ at: parts.time.now() - START, key, types: stories.map(({ effect }) => effect.type) });
      const answer = answers.shift() ?? { is: 'done' };
      if (answer !== 'never') return answer;
      await parts.clock.sleep(HOUR, signal);
      return { is: 'retry', afterMs: null, why: 'hung up' };
    },
    ...more,
  };
  return { channel, heard };
}

function listen(parts: Parts, id: string, channel: AlertChannel) {
  const bell = createDoorbell(parts.clock);
  const loop = tellForever(parts, { id, channel }, bell, { stop: parts.stop.signal, cut: parts.cut.signal });
  return { bell, loop };
}

const times = (count: number, answer: Delivery) => Array.from({ length: count }, () => answer);
const retry: Delivery = { is: 'retry', afterMs: null, why: 'answered 503' };

function effect(type: 'incident.opened' | 'incident.closed', target: string): TargetEffect {
  const incident = {
    id: `${target}!1`,
    firstFailureAt: START,
    detectedAt: START,
    worst: 'down' as const,
    cause: 'unavailable' as const,
    evidence: [],
    why: [],
  };
  return type === 'incident.opened'
    ? { type, at: START, target, incident, health: 'down' }
    : { type, at: START, target, incident, durationMs: 1, to: 'healthy' };
}

/** Commits a story for these channels, as the target's next version. */
async function commit(
  parts: Parts,
  target: string,
  version: number,
  channels: string[],
  told?: TargetEffect,
) {
  const at = parts.time.now();
  const story: Story = { ...aStory(target, at), ...(told === undefined ? {} : { effect: told }) };
  const outbox: Commit['outbox'] = channels.map((channel) => ({
    key: `${target}#${version}.0/${channel}`,
    channel,
    target,
    story,
    dueAt: at,
  }));
  const event = { type: 'day.began' as const, at };
  expect(await parts.store.commit(aCommit(target, version, [], { outbox, event }))).toBe('done');
}

describe('the dispatcher', () => {
  it('tells what is due, and what is rung in later', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts);
    await commit(parts, ONE, 1, ['slack']);
    const { bell } = listen(parts, 'slack', channel);

    await parts.goOn(10 * SECOND);
    await commit(parts, ONE, 2, ['slack', 'elsewhere']);
    bell.ring();
    await parts.goOn(SECOND);

    expect(heard.map(({ at, key }) => [at, key])).toEqual([
      [0, `${ONE}#1.0/slack`],
      [10_000, `${ONE}#2.0/slack`],
    ]);
    expect(parts.observed).toEqual(['slack done', 'slack done']);
  });

  it('tries again later and later, with the same key, until it is told', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, [retry, retry, retry]);
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(10 * MINUTE);

    const gaps = heard.slice(1).map(({ at }, n) => at - (heard[n]?.at ?? 0));
    expect(new Set(heard.map(({ key }) => key)).size).toBe(1);
    expect(heard).toHaveLength(4);
    expect(gaps[0]).toBeLessThan(gaps[1] ?? 0);
    expect(gaps[1]).toBeLessThan(gaps[2] ?? 0);
    expect(parts.observed).toEqual(['slack retry', 'slack retry', 'slack retry', 'slack done']);
  });

  it('tries everything that waits as soon as one message has come through', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, times(12, retry));
    for (const target of ['a/1', 'a/2', 'a/3']) await commit(parts, target, 1, ['slack']);
    const { bell } = listen(parts, 'slack', channel);
    await parts.goOn(78 * SECOND);
    expect(heard).toHaveLength(12);

    await commit(parts, 'b/1', 1, ['slack']);
    bell.ring();
    await parts.goOn(10 * SECOND);

    expect(heard.slice(12).map(({ key }) => key)).toEqual(
      ['b/1', 'a/1', 'a/2', 'a/3'].map((id) => `${id}#1.0/slack`),
    );
    expect(await parts.store.outboxCounts()).toEqual([]);
  });

  it('tries what an earlier process left waiting as soon as one message has come through', async () => {
    const parts = await createParts();
    await commit(parts, ONE, 1, ['slack']);
    await parts.store.settleEntries([`${ONE}#1.0/slack`], {
      is: 'retry',
      dueAt: START + 5 * MINUTE,
      error: 'answered 503',
    });
    await commit(parts, TWO, 1, ['slack']);
    const { channel, heard } = aChannel(parts);
    listen(parts, 'slack', channel);

    await parts.goOn(SECOND);

    expect(heard.map(({ key }) => key)).toEqual([`${TWO}#1.0/slack`, `${ONE}#1.0/slack`]);
  });

  it('never waits longer than a minute and a quarter on its own account', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, times(60, retry));
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(30 * MINUTE);

    const gaps = heard.slice(1).map(({ at }, n) => at - (heard[n]?.at ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(75 * SECOND);
  });

  it.each<[what: string, afterMs: number | null, pauseMs: [least: number, most: number]]>([
    ['for as long as the receiver asks', 3 * MINUTE, [3 * MINUTE, 3 * MINUTE]],
    ['for ten minutes where the receiver asks for an absurd time', 30 * DAY, [10 * MINUTE, 10 * MINUTE]],
    ['for its own time where the receiver names a moment that is over', 0, [3 * SECOND, 7 * SECOND]],
    ['for its own time where the receiver names none', null, [3 * SECOND, 7 * SECOND]],
  ])('pauses the channel when it is rate limited, %s', async (_what, afterMs, [least, most]) => {
    const parts = await createParts();
    const limited: Delivery = { is: 'retry', afterMs, why: 'answered 429', scope: 'channel' };
    const { channel, heard } = aChannel(parts, [limited]);
    for (const target of ['a/1', 'a/2']) await commit(parts, target, 1, ['slack']);
    const { bell } = listen(parts, 'slack', channel);
    await parts.goOn(SECOND);
    await commit(parts, 'a/3', 1, ['slack']);
    bell.ring();
    await parts.goOn(HOUR);

    expect(heard.map(({ key }) => key)).toEqual(['a/1', 'a/1', 'a/2', 'a/3'].map((id) => `${id}#1.0/slack`));
    expect(heard[1]?.at).toBeGreaterThanOrEqual(least);
    expect(heard[1]?.at).toBeLessThanOrEqual(most + SECOND);
    expect((heard[3]?.at ?? Infinity) - (heard[1]?.at ?? 0)).toBeLessThan(SECOND);
    expect(parts.observed).toEqual(['slack retry', 'slack done', 'slack done', 'slack done']);
  });

  it('pauses longer and longer while it is rate limited again and again', async () => {
    const parts = await createParts();
    const limited: Delivery = { is: 'retry', afterMs: null, why: 'answered 429', scope: 'channel' };
    const { channel, heard } = aChannel(parts, [limited, limited, limited]);
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(10 * MINUTE);

    const gaps = heard.slice(1).map(({ at }, n) => at - (heard[n]?.at ?? 0));
    expect(gaps).toHaveLength(3);
    expect(gaps[0]).toBeLessThan(gaps[1] ?? 0);
    expect(gaps[1]).toBeLessThan(gaps[2] ?? 0);
  });

  it('waits as long as the receiver asks for', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, [{ is: 'retry', afterMs: 3 * MINUTE, why: 'answered 429' }]);
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(10 * MINUTE);

    expect(heard.map(({ at }) => at)).toEqual([0, 3 * MINUTE]);
  });

  it('keeps the order of each target, while other targets go ahead', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, [retry]);
    await commit(parts, ONE, 1, ['slack']);
    await commit(parts, ONE, 2, ['slack']);
    await commit(parts, TWO, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(10 * MINUTE);

    const keys = heard.map(({ key }) => key);
    expect(keys).toEqual([`${ONE}#1.0/slack`, `${TWO}#1.0/slack`, `${ONE}#1.0/slack`, `${ONE}#2.0/slack`]);
  });

  it('joins an incident that was over before it could be told, under the key of its end', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, [retry]);
    await commit(parts, ONE, 1, ['slack'], effect('incident.opened', ONE));
    listen(parts, 'slack', channel);
    await parts.goOn(SECOND);

    await commit(parts, ONE, 2, ['slack'], effect('incident.closed', ONE));
    await commit(parts, ONE, 3, ['slack']);
    await parts.goOn(10 * MINUTE);

    expect(heard.map(({ key, types }) => [key, types])).toEqual([
      [`${ONE}#1.0/slack`, ['incident.opened']],
      [`${ONE}#2.0/slack`, ['incident.opened', 'incident.closed']],
      [`${ONE}#3.0/slack`, ['blind.began']],
    ]);
    expect(await parts.store.outboxCounts()).toEqual([]);
  });

  it('gives up what is older than stories are kept, with a reason, and goes on', async () => {
    const parts = await createParts({ storyExpiresMs: HOUR });
    const { channel, heard } = aChannel(parts);
    await commit(parts, ONE, 1, ['slack']);
    await parts.goOn(HOUR + 1);
    await commit(parts, ONE, 2, ['slack']);

    listen(parts, 'slack', channel);
    await parts.goOn(SECOND);

    expect(heard.map(({ key }) => key)).toEqual([`${ONE}#2.0/slack`]);
    expect((await parts.store.deadEntries(10)).map(({ key, error }) => [key, error])).toEqual([
      [`${ONE}#1.0/slack`, 'expired before it could be told'],
    ]);
  });

  it('tells an incident whose end is new, however old its begin is', async () => {
    const parts = await createParts({ storyExpiresMs: HOUR });
    const { channel, heard } = aChannel(parts);
    await commit(parts, ONE, 1, ['slack'], effect('incident.opened', ONE));
    await parts.goOn(50 * MINUTE);
    await commit(parts, ONE, 2, ['slack'], effect('incident.closed', ONE));
    await parts.goOn(15 * MINUTE);

    listen(parts, 'slack', channel);
    await parts.goOn(SECOND);

    expect(heard.map(({ types }) => types)).toEqual([['incident.opened', 'incident.closed']]);
    expect(await parts.store.deadEntries(10)).toEqual([]);
  });

  it('counts a failed attempt for the oldest of joined messages only, which the others wait for', async () => {
    const parts = await createParts();
    const { channel } = aChannel(parts, [retry]);
    await commit(parts, ONE, 1, ['slack'], effect('incident.opened', ONE));
    await commit(parts, ONE, 2, ['slack'], effect('incident.closed', ONE));

    listen(parts, 'slack', channel);
    await parts.goOn(SECOND);

    const queue = await parts.store.queuedEntries(ONE, 'slack', 10);
    expect(queue.map(({ attempts }) => attempts)).toEqual([1, 0]);
  });

  it('still tells what is just old enough to be kept', async () => {
    const parts = await createParts({ storyExpiresMs: HOUR });
    const { channel, heard } = aChannel(parts);
    await commit(parts, ONE, 1, ['slack']);
    await parts.goOn(HOUR);

    listen(parts, 'slack', channel);
    await parts.goOn(SECOND);

    expect(heard).toHaveLength(1);
  });

  it('never tells again what was refused, and says so', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, [{ is: 'refused', why: 'answered 404' }]);
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(HOUR);

    expect(heard).toHaveLength(1);
    expect((await parts.store.deadEntries(10)).map(({ error }) => error)).toEqual(['answered 404']);
    expect(parts.logged).toContain('story can never be told');
    expect(parts.observed).toEqual(['slack dead']);
  });

  it('tries for ten minutes before it takes a refusal of the channel for an answer', async () => {
    const parts = await createParts();
    const gone: Delivery = { is: 'refused', why: 'answered 404', scope: 'channel' };
    const { channel, heard } = aChannel(parts, times(100, gone));
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(10 * MINUTE - SECOND);
    const early = await parts.store.deadEntries(10);
    await parts.goOn(2 * MINUTE);
    const dead = await parts.store.deadEntries(10);
    const { length } = heard;
    await parts.goOn(HOUR);

    expect(early).toEqual([]);
    expect(dead.map(({ error }) => error)).toEqual(['answered 404']);
    expect(heard).toHaveLength(length);
    expect(length).toBeGreaterThan(9);
  });

  it('tells what was refused for a few minutes only', async () => {
    const parts = await createParts();
    const gone: Delivery = { is: 'refused', why: 'answered 403', scope: 'channel' };
    const { channel, heard } = aChannel(parts, [gone, gone, gone, retry, gone]);
    await commit(parts, ONE, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(10 * MINUTE);

    expect(heard).toHaveLength(6);
    expect(await parts.store.outboxCounts()).toEqual([]);
  });

  it('gives each message its own ten minutes while the channel is refused', async () => {
    const parts = await createParts();
    const gone: Delivery = { is: 'refused', why: 'answered 410', scope: 'channel' };
    const answers = times(500, gone);
    const { channel } = aChannel(parts, answers);
    await commit(parts, ONE, 1, ['slack']);
    const { bell } = listen(parts, 'slack', channel);
    await parts.goOn(15 * MINUTE);
    await commit(parts, TWO, 1, ['slack']);
    bell.ring();

    await parts.goOn(9 * MINUTE);
    const dead = (await parts.store.deadEntries(10)).map(({ key }) => key);
    answers.length = 0;
    await parts.goOn(2 * MINUTE);

    expect(dead).toEqual([`${ONE}#1.0/slack`]);
    expect(await parts.store.outboxCounts()).toEqual([{ channel: 'slack', due: 0, dead: 1 }]);
  });

  it.each<[what: string, more: Partial<Settings>, answer: Delivery]>([
    ['refused', {}, { is: 'refused', why: 'answered 404', scope: 'channel' }],
    ['expired', { storyExpiresMs: 10 * MINUTE }, retry],
  ])('tells the end of an incident together with its begin, which was %s', async (_what, more, answer) => {
    const parts = await createParts(more);
    const answers = times(100, answer);
    const { channel, heard } = aChannel(parts, answers);
    await commit(parts, ONE, 1, ['slack'], effect('incident.opened', ONE));
    const { bell } = listen(parts, 'slack', channel);
    await parts.goOn(12 * MINUTE);
    expect(await parts.store.deadEntries(10)).toHaveLength(1);
    heard.length = 0;
    answers.length = 0;

    await commit(parts, ONE, 2, ['slack'], effect('incident.closed', ONE));
    bell.ring();
    await parts.goOn(MINUTE);

    expect(heard.map(({ key, types }) => [key, types])).toEqual([
      [`${ONE}#2.0/slack`, ['incident.opened', 'incident.closed']],
    ]);
  });

  it('tells the end alone where the begin was told', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts);
    await commit(parts, ONE, 1, ['slack'], effect('incident.opened', ONE));
    const { bell } = listen(parts, 'slack', channel);
    await parts.goOn(MINUTE);

    await commit(parts, ONE, 2, ['slack'], effect('incident.closed', ONE));
    bell.ring();
    await parts.goOn(MINUTE);

    expect(heard.map(({ types }) => types)).toEqual([['incident.opened'], ['incident.closed']]);
  });

  it('gives up on an answer after half a minute, and a channel that never answers delays no other', async () => {
    const parts = await createParts();
    const [slow, quick] = [aChannel(parts, ['never']), aChannel(parts)];
    for (const version of [1, 2]) await commit(parts, ONE, version, ['slow', 'quick']);
    listen(parts, 'slow', slow.channel);
    listen(parts, 'quick', quick.channel);

    await parts.goOn(5 * SECOND);
    const before = [slow.heard.length, quick.heard.length];
    await parts.goOn(10 * MINUTE);

    expect(before).toEqual([1, 2]);
    expect(slow.heard.map(({ key }) => key)).toEqual([
      `${ONE}#1.0/slow`,
      `${ONE}#1.0/slow`,
      `${ONE}#2.0/slow`,
    ]);
    expect(slow.heard[1]?.at).toBeGreaterThan(30 * SECOND);
  });

  it('keeps the gap that a channel asks for between two messages', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, [], { gapMs: 1_100 });
    for (const target of ['a/1', 'a/2', 'a/3']) await commit(parts, target, 1, ['slack']);
    listen(parts, 'slack', channel);

    await parts.goOn(MINUTE);

    expect(heard.map(({ at }) => at)).toEqual([0, 1_100, 2_200]);
  });

  it('ends when told to stop, finishes what is being told, and begins nothing new', async () => {
    const parts = await createParts();
    const { channel, heard } = aChannel(parts, ['never']);
    await commit(parts, ONE, 1, ['slack']);
    await commit(parts, TWO, 1, ['slack']);
    const { loop } = listen(parts, 'slack', channel);
    await parts.goOn(SECOND);

    parts.stop.abort();
    await parts.goOn(SECOND);
    parts.cut.abort();
    await parts.goOn(0);
    await loop;

    expect(heard).toHaveLength(1);
    expect((await parts.store.outboxCounts())[0]?.due).toBe(2);
    expect([parts.owner.waiting(), parts.owner.listening()]).toEqual([0, 0]);
  });
});
