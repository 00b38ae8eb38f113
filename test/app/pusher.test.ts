import { describe, expect, it } from 'vitest';
import { createDoorbell } from '../../src/app/doorbell.ts';
import { pushForever } from '../../src/app/pusher.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import type { Applied, ReadBack } from '../../src/ports/channels.ts';
import { StoreError } from '../../src/ports/store.ts';
import { aCommit, aPlan } from '../store/samples.ts';
import { createParts, START } from './world.ts';
import type { Parts } from './world.ts';

const ROUTE = 't2v';

/** A sink that answers from a list, then applies everything; one that can be asked, too, where `held` is given. */
function open(parts: Parts, answers: (Applied | 'never')[] = [], held: (ReadBack | 'never')[] | null = null) {
  const asked: number[] = [];
  const heard: { at: number; generation: number; validUntil: number }[] = [];
  const bell = createDoorbell(parts.clock);
  const sink = {
    routes: null,
    push: async (plan: { epoch: number; generation: number }, validUntil: number, signal: AbortSignal) => {
      const { epoch, generation } = plan;
      heard.push({ at: parts.time.now() - START, generation, validUntil });
      const answer = answers.shift();
      if (answer === undefined) return { is: 'applied', epoch, generation } as const;
      if (answer !== 'never') return answer;
      await parts.clock.sleep(HOUR, signal);
      return { is: 'retry', afterMs: null, why: 'hung up' } as const;
    },
  };
  const readBack = async (_: unknown, signal: AbortSignal): Promise<ReadBack> => {
    asked.push(parts.time.now() - START);
    const answer = held?.shift() ?? { is: 'same' };
    if (answer === 'never') await parts.clock.sleep(HOUR, signal);
    return answer === 'never' ? { is: 'same' } : answer;
  };
  const signals = { stop: parts.stop.signal, cut: parts.cut.signal };
  const loop = pushForever(
    parts,
    { id: 'gateway', sink: held === null ? sink : { ...sink, readBack } },
    bell,
    signals,
  );
  return { heard, asked, bell, loop };
}

let version = 0;

async function plan(parts: Parts, generation: number) {
  version += 1;
  const plans = [{ plan: aPlan(ROUTE, generation), before: generation - 1, sinks: ['gateway'] }];
  const event = { type: 'day.began' as const, at: parts.time.now() };
  const outcome = await parts.store.commit(aCommit(`a/${version}`, 1, [], { plans, generation, event }));
  expect(outcome).toBe('done');
}

const retry: Applied = { is: 'retry', afterMs: null, why: 'answered 502' };
const generations = (heard: { generation: number }[]) => heard.map(({ generation }) => generation);
const stateOf = async (parts: Parts) => (await parts.store.pushStates())[0];

describe('the pusher', () => {
  it('pushes a plan with how long it may be trusted', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard } = open(parts);

    await parts.goOn(SECOND);

    expect(heard).toEqual([{ at: 0, generation: 1, validUntil: parts.board.validUntil() }]);
    expect(await stateOf(parts)).toMatchObject({ desired: 1, applied: 1, state: 'applied' });
    expect(parts.observed).toEqual(['gateway applied']);
  });

  it('tells only the newest of several plans', async () => {
    const parts = await createParts();
    for (const generation of [1, 2, 3]) await plan(parts, generation);
    const { heard } = open(parts);

    await parts.goOn(MINUTE);

    expect(generations(heard)).toEqual([3]);
  });

  it('forgets a plan that could not be pushed as soon as there is a newer one', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard, bell } = open(parts, [retry]);
    await parts.goOn(SECOND / 2);

    await plan(parts, 2);
    bell.ring();
    await parts.goOn(HOUR);

    expect(generations(heard)).toEqual([1, 2]);
  });

  it('pushes the newer plan also where it came while the older one was being applied', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard, bell } = open(parts, ['never']);
    await parts.goOn(SECOND);

    await plan(parts, 2);
    bell.ring();
    await parts.goOn(MINUTE);

    expect(generations(heard)).toEqual([1, 2]);
    expect(await stateOf(parts)).toMatchObject({ desired: 2, applied: 2, state: 'applied' });
  });

  it('tries again after a second, then later and later', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard } = open(parts, [retry, retry, retry]);

    await parts.goOn(HOUR);

    const gaps = heard.slice(1).map(({ at }, n) => at - (heard[n]?.at ?? 0));
    expect(generations(heard)).toEqual([1, 1, 1, 1]);
    expect(gaps[0]).toBeLessThan(2 * SECOND);
    expect(gaps[1]).toBeGreaterThan(2 * SECOND);
    expect(gaps[2]).toBeGreaterThan(10 * SECOND);
  });

  it('asks a receiver that holds something newer again, but seldom', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard } = open(parts, [{ is: 'stale', why: 'holds epoch 9' }]);

    await parts.goOn(HOUR);

    expect(heard).toHaveLength(2);
    expect(heard[1]?.at).toBeGreaterThanOrEqual(MINUTE);
  });

  it.each<[what: string, epoch: number, generation: number, outcome: string, againAfterMs: number]>([
    ['an older generation', 1, 4, 'behind', SECOND / 2],
    ['an older epoch', 0, 99, 'behind', SECOND / 2],
    ['a newer epoch', 2, 1, 'retry', MINUTE],
    ['a newer generation', 1, 6, 'retry', MINUTE],
  ])('pushes again to a router that says it holds %s', async (_what, epoch, generation, outcome, afterMs) => {
    const parts = await createParts();
    for (const generation of [1, 2, 3, 4, 5]) await plan(parts, generation);
    const { heard } = open(parts, [{ is: 'applied', epoch, generation }]);
    await parts.goOn(SECOND / 4);
    const early = await stateOf(parts);

    await parts.goOn(HOUR);

    expect(early).toMatchObject({
      desired: 5,
      applied: null,
      state: 'due',
      error: `the router holds epoch ${epoch}, generation ${generation}`,
    });
    expect(heard).toHaveLength(2);
    expect(heard[1]?.at).toBeGreaterThanOrEqual(afterMs);
    expect(parts.observed).toEqual([`gateway ${outcome}`, 'gateway applied']);
    expect(await stateOf(parts)).toMatchObject({ applied: 5, state: 'applied', error: null });
    expect(
      (await parts.store.audit({ limit: 10 })).map((entry) => entry.type === 'pushed' && entry.result),
    ).toEqual(['applied', 'refused']);
  });

  it('stops pushing a plan to whoever wants no more, and says why', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard } = open(parts, [{ is: 'unsubscribed', why: 'answered 410' }]);

    await parts.goOn(HOUR);

    expect(generations(heard)).toEqual([1]);
    expect(await stateOf(parts)).toMatchObject({ applied: null, state: 'stopped', error: 'answered 410' });
    expect(parts.observed).toEqual(['gateway stopped']);
  });

  it('gives up on an answer after ten seconds', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { heard } = open(parts, ['never']);

    await parts.goOn(MINUTE);

    expect(heard).toHaveLength(2);
    expect(heard[1]?.at).toBeGreaterThan(10 * SECOND);
    expect(heard[1]?.at).toBeLessThan(13 * SECOND);
  });

  describe('of a router that can be asked', () => {
    const capability = {
      task: 'text-to-video' as const,
      durationsS: [],
      aspectRatios: [],
      resolutions: [],
      audio: false,
    };
    const route = {
      id: ROUTE,
      mode: 'enforce' as const,
      capability,
      members: [],
      policy: DEFAULT_ROUTING,
      fallbackContent: [],
    };
    const differs = { is: 'differs' as const, what: ['t2v/kling has weight 100, not 47'] };

    it('asks every half minute, and pushes again what somebody else has changed', async () => {
      const parts = await createParts({ routes: [route] });
      await plan(parts, 1);
      parts.board.reset({ states: [], plans: [aPlan(ROUTE, 1)], epoch: 1, generation: 1 });
      const { heard, asked } = open(parts, [], [{ is: 'same' }, differs]);

      await parts.goOn(MINUTE + 20 * SECOND);

      expect(asked).toEqual([30 * SECOND, 60 * SECOND]);
      expect(heard.map(({ at }) => at)).toEqual([0, 60 * SECOND]);
      expect(parts.observed).toEqual([
        'gateway applied',
        'gateway drifted',
        'router.drifted',
        'gateway applied',
      ]);
      expect(parts.logged).toContain('a router holds other weights than it had applied');
      expect(await stateOf(parts)).toMatchObject({ desired: 1, applied: 1, state: 'applied' });
    });

    describe('and holds what others wrote', () => {
      const channel = { hears: () => true, gapMs: 0, tell: () => Promise.resolve({ is: 'done' as const }) };
      const channels = ['slack', 'log'].map((id) => ({ id, channel }));
      const begun = async () => {
        const parts = await createParts({ routes: [route], channels });
        await plan(parts, 1);
        parts.board.reset({ states: [], plans: [aPlan(ROUTE, 1)], epoch: 1, generation: 1 });
        return parts;
      };
      const tellings = async (parts: Parts, channel = 'slack') =>
        (await parts.store.queuedEntries('route:t2v', channel, 100)).map(({ story: { effect } }) => effect);
      const reading = (sign: string): ReadBack => (sign === 'x' ? differs : { is: 'same' });

      it('tells people once, however often it is overwritten, and once when it is over', async () => {
        const parts = await begun();
        const readings = ['x'.repeat(120), '.'.repeat(30)].join('');
        const { heard } = open(parts, [], readings.split('').map(reading));

        await parts.goOn(HOUR + 20 * SECOND);
        expect(heard).toHaveLength(121);
        expect(await tellings(parts)).toEqual([
          {
            type: 'router.drifted',
            at: START + 30 * SECOND,
            route: ROUTE,
            sink: 'gateway',
            generation: 1,
            what: differs.what,
          },
        ]);
        expect(parts.rings).toBe(1);

        await parts.goOn(15 * MINUTE);
        expect((await tellings(parts)).slice(1)).toEqual([
          {
            type: 'router.settled',
            at: START + 70 * MINUTE,
            route: ROUTE,
            sink: 'gateway',
            since: START + 30 * SECOND,
            durationMs: 70 * MINUTE - 30 * SECOND,
            times: 120,
          },
        ]);
        expect(await tellings(parts, 'log')).toEqual(await tellings(parts));
        expect((await stateOf(parts))?.drift).toBeNull();
      });

      it('goes on counting where an earlier life left off', async () => {
        const parts = await begun();
        const first = open(parts, [], 'xx...'.split('').map(reading));
        await parts.goOn(2 * MINUTE + 40 * SECOND);
        parts.stop.abort();
        await parts.goOn(SECOND);
        await first.loop;

        parts.stop = new AbortController();
        const second = open(parts, [], [reading('x')]);
        await parts.goOn(15 * MINUTE);

        expect(second.heard).toHaveLength(1);
        const told = await tellings(parts);
        expect(told.map(({ type }) => type)).toEqual(['router.drifted', 'router.settled']);
        expect(told[1]).toMatchObject({ times: 3, since: START + 30 * SECOND });
      });

      it('tells it once although the answer of the store is lost each time', async () => {
        const parts = await begun();
        const note = parts.store.noteDrift;
        let lost = 0;
        parts.store.noteDrift = async (given) => {
          const answer = await note(given);
          if (lost++ % 2 === 0) throw new StoreError('unavailable', 'the answer got lost');
          return answer;
        };
        open(parts, [], 'xxx'.split('').map(reading));

        await parts.goOn(15 * MINUTE);

        expect((await tellings(parts)).map(({ type }) => type)).toEqual(['router.drifted', 'router.settled']);
        expect((await tellings(parts))[1]).toMatchObject({ times: 3 });
        expect(parts.rings).toBeGreaterThan(0);
      });
    });

    it('lets the weights be where it cannot be asked', async () => {
      const parts = await createParts({ routes: [route] });
      await plan(parts, 1);
      parts.board.reset({ states: [], plans: [aPlan(ROUTE, 1)], epoch: 1, generation: 1 });
      const { heard, asked } = open(parts, [], [{ is: 'unreachable', why: 'connect' }, 'never']);

      await parts.goOn(2 * MINUTE);

      expect(asked.length).toBeGreaterThanOrEqual(3);
      expect(generations(heard)).toEqual([1]);
      expect(parts.observed).toEqual(['gateway applied']);
    });

    it('does not ask about a plan that it has not applied', async () => {
      const parts = await createParts({ routes: [route] });
      await plan(parts, 1);
      parts.board.reset({ states: [], plans: [aPlan(ROUTE, 1)], epoch: 1, generation: 1 });
      const { asked } = open(
        parts,
        Array.from({ length: 20 }, () => retry),
        [differs],
      );

      await parts.goOn(2 * MINUTE);

      expect(asked).toEqual([]);
    });
  });

  it('ends when told to stop, and leaves nothing behind', async () => {
    const parts = await createParts();
    await plan(parts, 1);
    const { loop } = open(parts, ['never']);
    await parts.goOn(SECOND);

    parts.stop.abort();
    parts.cut.abort();
    await parts.goOn(0);
    await loop;

    expect(await stateOf(parts)).toMatchObject({ applied: null, state: 'due' });
    expect([parts.owner.waiting(), parts.owner.listening()]).toEqual([0, 0]);
  });
});
