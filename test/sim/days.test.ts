import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../src/core/base.ts';
import { brokenPromises } from './invariants.ts';
import { createScript } from './script.ts';
import type { Script } from './script.ts';
import { liveThrough } from './weather.ts';

const KLING = 'kling/kling-3.0';
const GEN = 'runway/gen4.5';

describe('a stormy day', () => {
  it.each([1, 2])('breaks no promise (seed %i)', async (seed) => {
    const { broken, counts } = await liveThrough(seed, 1);

    expect(broken, `replay: npm run sim -- --seeds ${seed}-${seed} --days 1`).toEqual([]);
    expect(counts.canaries).toBeGreaterThan(300);
    expect(counts.deaths).toBeGreaterThan(5);
  });

  it('is the same day again with the same seed', async () => {
    const [once, again, other] = [
      await liveThrough(3, 0.3),
      await liveThrough(3, 0.3),
      await liveThrough(4, 0.3),
    ];

    expect(again.hash).toBe(once.hash);
    expect(other.hash).not.toBe(once.hash);
  });
});

describe('an outage', () => {
  it('is told once, and its end with how long it lasted', async () => {
    const script = await createScript();
    script.at('10:00').outage('kling', '40m');

    await script.runTo('10:39');
    const weightDuring = script.weight('t2v', KLING);
    await script.runTo('13:00');

    const opened = script.expectOnce('incident.opened', KLING, ['10:00', '10:13']);
    const closed = script.expectOnce('incident.closed', KLING, ['10:40', '10:55']);
    expect(opened.health).toBe('down');
    expect(closed.to).toBe('healthy');
    // It is told when it has been quiet for five minutes; those are no part of it.
    expect(closed.at - opened.incident.firstFailureAt - closed.durationMs).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(closed.durationMs / MINUTE).toBeGreaterThan(38);
    expect(closed.durationMs / MINUTE).toBeLessThan(45);
    expect(weightDuring).toBe(0);
    // Its share of 30, less what its quality still lacks.
    expect(script.weight('t2v', KLING)).toBeGreaterThan(22);
    expect(script.weight('t2v', KLING)).toBeLessThan(36);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('touches no target of another provider', async () => {
    const script = await createScript();
    script.at('10:00').outage('kling', '2h');

    await script.runTo('14:00');

    script.expectNever('incident.opened', GEN);
    expect((await script.state(GEN)).health).toBe('healthy');
  });

  it('is one message where it was over before anybody could be told', async () => {
    const script = await createScript();
    script.at('09:50').fault('deaf', 'slack', '130m');
    script.at('10:00').outage('kling', '40m');

    await script.runTo('13:00');

    expect(script.messages('slack', KLING).map(({ types }) => types)).toEqual([
      ['incident.opened', 'incident.closed'],
    ]);
    expect(script.messages('pager', KLING).map(({ types }) => types)).toEqual([
      ['incident.opened'],
      ['incident.closed'],
    ]);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it.each(['deaf', 'hang', 'gone', 'limited'] as const)(
    'is told within seconds of every other once a receiver that was %s works again',
    async (kind) => {
      const script = await createScript();
      const lasts = kind === 'gone' ? '9m' : '70m';
      script.at(kind === 'gone' ? '10:02' : '09:55').fault(kind, 'slack', lasts);
      for (const who of ['kling', 'fal']) script.at('10:00').outage(who, '90m');

      await script.runTo('14:00');

      const told = script.world.books.tellings.filter(({ channel }) => channel === 'slack');
      const opened = told.filter(({ stories }) =>
        stories.some(({ effect }) => effect.type === 'incident.opened'),
      );
      expect(opened.length).toBeGreaterThanOrEqual(2);
      expect(await brokenPromises(script.world)).toEqual([]);
    },
  );

  it('is one message at its end where the channel had refused its begin', async () => {
    const script = await createScript();
    script.at('09:55').fault('gone', 'slack', '40m');
    script.at('10:00').outage('kling', '60m');

    await script.runTo('13:00');

    expect((await script.world.store.deadEntries(10)).map(({ error }) => error)).toContain('answered 404');
    expect(script.messages('slack', KLING).map(({ types }) => types)).toEqual([
      ['incident.opened', 'incident.closed'],
    ]);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('is told at its end though it was longer than stories are kept', async () => {
    const script = await createScript({ settings: { storyExpiresMs: 6 * 3_600_000 } });
    script.at('10:00').outage('kling', '9h');
    script.at('09:00').fault('deaf', 'slack', '11h');

    await script.runTo('23:00');

    const [first, ...more] = script.messages('slack', KLING);
    expect(first?.types.at(-1)).toBe('incident.closed');
    expect(more).toEqual([]);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('is given up with a reason where it lasts and the channel is dead for longer than stories are kept', async () => {
    const script = await createScript({ settings: { storyExpiresMs: 3_600_000 } });
    script.at('10:00').outage('kling', '8h');
    script.at('09:00').fault('deaf', 'slack', '3h');

    await script.runTo('17:00');

    const dead = await script.world.store.deadEntries(10);
    expect(dead.map(({ target, story, error }) => [target, story.effect.type, error])).toEqual([
      [KLING, 'incident.opened', 'expired before it could be told'],
    ]);
    script.expectOnce('incident.opened', KLING, ['10:00', '10:13'], 'pager');
  });

  it('must be quiet for longer each time it comes back, before it counts as over', async () => {
    const script = await createScript();
    for (const at of ['10:00', '10:40', '11:20']) script.at(at).outage('kling', '20m');

    await script.runTo('14:00');

    const ends = (script.world.books.entries.get(`slack ${KLING}`) ?? [])
      .map(({ story }) => story.effect)
      .filter(({ type }) => type === 'incident.closed');
    const quietMin = ends.map(({ at }) => (at - lastFailure(script, at)) / MINUTE);
    expect(quietMin).toHaveLength(3);
    expect(quietMin[1]).toBeGreaterThanOrEqual(2);
    expect(quietMin[2]).toBeGreaterThanOrEqual(4);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('that flaps faster than anybody can look is one incident, told once', async () => {
    const script = await createScript();
    for (let minute = 0; minute < 60; minute += 6)
      script.at(`10:${String(minute).padStart(2, '0')}`).outage('kling', '3m');

    await script.runTo('13:00');

    script.expectOnce('incident.opened', KLING, ['10:00', '10:30']);
    script.expectOnce('incident.closed', KLING, ['10:57', '11:40']);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('of the whole API is known within three minutes by free checks and the canaries they call for', async () => {
    const script = await createScript();
    script.at('10:01').outage('kling', '30m');

    await script.runTo('11:30');

    const { health, incident } = script.expectOnce('incident.opened', KLING, ['10:01', '10:04']);
    expect(health).toBe('down');
    expect(incident.why[0]).toMatch(/^API down 9\d\.\d %/);
    expect(incident.why.join('; ')).toMatch(
      /\d of .*\d canaries bad.* since 10:0\d UTC .*free check fails since/,
    );
  });

  it('that only canaries can see is known at the pace of canaries, and one more generation', async () => {
    const script = await createScript();
    script.at('10:01').fault('job_fails', 'kling', '60m');

    await script.runTo('12:30');

    const { health, incident } = script.expectOnce('incident.opened', KLING, ['10:01', '10:16']);
    expect([health, incident.cause]).toEqual(['down', 'unavailable']);
    script.expectOnce('incident.closed', KLING, ['11:00', '11:20']);
  });

  it('of jobs that never end is known long before they are given up', async () => {
    const script = await createScript();
    // Just before a canary: kling's slots begin at 10:00:51 and every 10 min.
    script.at('10:00:30').fault('stuck', 'kling', '60m');

    await script.runTo('10:20');

    const { incident } = script.expectOnce('incident.opened', KLING, ['10:01', '10:20']);
    expect(incident.why.join('; ')).toMatch(/jobs overdue, up to x\d/);
    // It began with the order of the oldest of these jobs, minutes before anybody could know.
    expect(incident.detectedAt - incident.firstFailureAt).toBeGreaterThan(MINUTE);
  });

  it('moves the weight in proportion to suspicion, before there is any verdict', async () => {
    const script = await createScript();
    script.at('10:01').outage('kling', '30m');
    await script.runTo('10:00:50');
    const before = script.weight('t2v', KLING);

    const weights: number[] = [];
    for (let second = 0; second < 240; second += 5) {
      const label = `10:0${1 + Math.floor(second / 60)}:${String(second % 60).padStart(2, '0')}`;
      await script.runTo(label);
      if ((await script.state(KLING)).incident === null) weights.push(script.weight('t2v', KLING));
    }

    expect(weights[0]).toBe(before);
    expect(before).toBeGreaterThan(25);
    expect(weights).toEqual(weights.toSorted((a, b) => b - a));
    expect(weights.at(-1)).toBeGreaterThan(0);
    expect(weights.at(-1)).toBeLessThan(10);
  });
});

/** When something last spoke against kling, before this instant. */
function lastFailure({ world }: Script, at: number): number {
  const events = world.books.histories.get(KLING)?.events ?? [];
  const bad = events.filter((event) => 'verdict' in event && event.verdict.is === 'fail' && event.at <= at);
  return bad.at(-1)?.at ?? 0;
}

describe('what is no outage', () => {
  it('is called degraded where videos come, but far later than usual', async () => {
    const script = await createScript();
    script.at('10:00').fault('slow', 'kling', '2h', { factor: 5 });

    await script.runTo('11:30');
    const during = (await script.state(KLING)).health;
    await script.runTo('14:00');

    const opened = script.expectOnce('incident.opened', KLING, ['10:10', '10:50']);
    expect([opened.health, opened.incident.cause, during]).toEqual(['degraded', 'slow', 'degraded']);
    script.expectNever('incident.changed', KLING);
    script.expectOnce('incident.closed', KLING, ['12:00', '12:40']);
  });

  it('is corrected where it was told as down and the videos come after all, but late', async () => {
    const script = await createScript();
    script.at('10:00').fault('slow', 'kling', '3h', { factor: 9 });

    await script.runTo('14:30');

    const told = script.world.books.tellings.flatMap(({ channel, stories }) =>
      channel === 'slack' ? stories.map(({ effect }) => effect) : [],
    );
    const changes = told.filter((effect) => effect.type === 'incident.changed');
    expect(changes.map(({ to, incident }) => [to, incident.cause])).toEqual([
      ['down', 'timeout'],
      ['degraded', 'slow'],
    ]);
    expect(script.expectOnce('incident.closed', KLING, ['13:00', '13:40']).incident.worst).toBe('degraded');
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('is blindness where our key is refused: told once, health and weights held', async () => {
    const script = await createScript();
    script.at('10:00').fault('auth', 'kling', '3h');

    await script.runTo('12:00');
    const during = await script.state(KLING);
    await script.runTo('15:00');

    const began = script.expectOnce('blind.began', KLING, ['10:00', '10:12']);
    const ended = script.expectOnce('blind.ended', KLING, ['13:00', '13:15']);
    expect([began.cause, ended.cause]).toEqual(['auth', 'auth']);
    expect([during.health, during.blind?.cause]).toEqual(['healthy', 'auth']);
    script.expectNever('incident.opened', KLING);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('is blindness where our own line is cut, for everybody at once', async () => {
    const script = await createScript();
    script.at('10:00').fault('refused', 'our network', '40m');

    await script.runTo('09:59');
    const before = script.world.books.plans.get('t2v');
    await script.runTo('10:30');
    const plan = script.world.books.plans.get('t2v');
    await script.runTo('12:00');

    expect(plan?.members.map(({ state }) => state)).toEqual(['blind', 'blind', 'blind', 'blind']);
    expect(plan?.members.map(({ weight }) => weight)).toEqual(before?.members.map(({ weight }) => weight));
    // Slack lies behind the same line.
    const lost = script.expectOnce('network.lost', 'daemon:network', ['10:40', '10:43']);
    expect(lost.at - Date.parse('2026-12-01T10:00:00Z')).toBeLessThan(2 * MINUTE);
    script.expectOnce('network.restored', 'daemon:network', ['10:40', '10:43']);
    for (const { target } of script.world.settings().targets)
      for (const type of ['incident.opened', 'blind.began', 'blind.ended'] as const)
        script.expectNever(type, target.id);
    expect(await brokenPromises(script.world)).toEqual([]);
  });

  it('is nothing where only the free check fails and canaries go on', async () => {
    const script = await createScript();
    script.at('10:00').fault('check_down', 'kling', '3h');

    await script.runTo('14:00');

    expect(script.messages('slack', KLING)).toEqual([]);
    expect((await script.state(KLING)).health).toBe('healthy');
  });
});

describe('money', () => {
  it('ends the canaries of a day that cost too much, and the state is held', async () => {
    const script = await createScript();

    await script.runTo('day 2 12:00');

    const spent = script.world.books.orders
      .filter(({ provider, at }) => provider === 'thrift' && at < Date.parse('2026-12-02T00:00:00Z'))
      .reduce((sum, { usd }) => sum + usd, 0);
    expect(spent).toBeGreaterThan(11.6);
    expect(spent).toBeLessThanOrEqual(12.000_001);
    expect(script.orders('thrift', '10:00', 'day 2 00:00')).toBe(0);
    expect(script.orders('thrift', 'day 2 00:00', 'day 2 12:00')).toBeGreaterThan(20);
    expect(script.messages('slack', 'thrift/veo-4')).toEqual([]);
    expect((await script.state('thrift/veo-4')).health).toBe('healthy');
    const low = script.expectOnce('budget.low', 'daemon:budget:thrift', ['04:30', '06:00']);
    expect(low).toMatchObject({ provider: 'thrift', budgetUsd: 12 });
    expect(script.world.books.violations).toEqual([]);
  });
});

describe('a retirement', () => {
  it('is told when it is announced and when it comes; then the model costs nothing any more', async () => {
    const script = await createScript();
    script.world.notices.push({
      provider: 'runway',
      model: 'wan3',
      knownAt: Date.parse('2026-12-01T06:00:00Z'),
      notice: {
        id: 'runway:wan3',
        kind: 'announced',
        subject: 'wan3',
        effectiveAt: Date.parse('2026-12-02T00:00:00Z'),
        replacement: 'wan4',
        source: 'the changelog',
        url: 'https://runway.invalid/changelog',
      },
    });

    await script.runTo('day 2 12:00');

    script.expectOnce('notice.announced', 'runway/wan3', ['06:00', '06:06']);
    script.expectOnce('target.retired', 'runway/wan3', ['day 2 00:00', 'day 2 00:06']);
    script.expectNever('incident.opened', 'runway/wan3');
    const later = script.world.books.orders.filter(
      ({ key, at }) => key.startsWith('runway/wan3') && at > Date.parse('2026-12-02T00:20:00Z'),
    );
    expect(later).toEqual([]);
    expect([script.weight('cheap', 'runway/wan3'), script.weight('cheap', 'fal/pika-2.2')]).toEqual([0, 100]);
    expect(await brokenPromises(script.world)).toEqual([]);
  });
});
