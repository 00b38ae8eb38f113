import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryError, parseEntry, runTask } from '../../bench/detection/contest.ts';
import { watch } from '../../bench/detection/engine.ts';
import { countOverruns, measure } from '../../bench/detection/measure.ts';
import type { Api, Evidence, Policy } from '../../bench/detection/policy.ts';
import { makeQueue } from '../../bench/detection/queue.ts';
import { seeded, uniform } from '../../bench/detection/rng.ts';
import { parseScenario, type ScenarioInput } from '../../bench/detection/scenario.ts';
import { runAll } from '../../bench/detection/threads.ts';
import { makeWorld } from '../../bench/detection/world.ts';

const DAY = 86_400;
const options = { budgetUsdPerProviderDay: 1, beliefs: {}, without: new Set<never>() };
const quiet: ScenarioInput = {
  days: 3,
  n: 1,
  suppressGenerated: true,
  blipsPerMonth: 0,
  cheapNoisePerMonth: 0,
  badUserPerMonth: 0,
  statusNoisePerMonth: 0,
  cheapQ0: 0,
  providers: [{ p0: 0, refuse: 0, sig: 0, med: 60, price: 1, traffic: 0, hasStatus: false }],
  tailP: 0,
};
const outage = { cls: 'hard' as const, p: 0, day: 1, min: 60, set: { err: 1, cheap: 1 } };

/** A policy that does what the test says at the instants the test names. */
function script(at: readonly number[], act: (api: Api, now: number) => void, seen: Evidence[] = []) {
  return (api: Api): Policy => {
    const left = [...at];
    const sleep = () => api.wake(0, left.shift() ?? Infinity);
    return {
      hears: { reports: true, statusPages: true },
      budget: null,
      start: sleep,
      onWake: () => {
        act(api, api.now());
        sleep();
      },
      onEvidence: (_, evidence) => seen.push(evidence),
    };
  };
}

function play(input: ScenarioInput, at: readonly number[], act: (api: Api, now: number) => void) {
  const seen: Evidence[] = [];
  const { sim } = watch(makeWorld(parseScenario(input), 1), script(at, act, seen), options);
  return { seen, measured: measure(sim, null) };
}

describe('the queue', () => {
  it('gives back in order of time, and of arrival where times are equal', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (times) => {
        const queue = makeQueue<number>();
        for (const [nth, at] of times.entries()) queue.push(at, nth);
        const out = times.map(() => queue.pop());

        expect(out.map((one) => one?.event)).toEqual(
          times
            .map((at, nth) => ({ at, nth }))
            .toSorted((a, b) => a.at - b.at || a.nth - b.nth)
            .map(({ nth }) => nth),
        );
        expect(queue.pop()).toBeUndefined();
      }),
    );
  });
});

describe('randomness', () => {
  it('is the same for the same key, within bounds, and different for another', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), (seed, name) => {
        const value = uniform(seeded(seed, name));

        expect(value).toBe(uniform(seeded(seed, name)));
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
        expect(value).not.toBe(uniform(seeded(seed + 1, name)));
      }),
    );
  });
});

describe('a world that is watched', () => {
  it('answers a canary by how things are: whole before an outage, failed within', () => {
    const { seen, measured } = play({ ...quiet, faults: [outage] }, [100, DAY + 100], (api) => api.canary(0));
    const ends = seen.filter((one) => one.kind === 'canary');

    expect(ends.map((one) => one.out === 'ok')).toEqual([true, false]);
    expect(ends[0]).toMatchObject({
      at: 160,
      submittedAt: 100,
      durationSec: 60,
      isBilled: true,
      priceUsd: 1,
    });
    expect(measured.spentUsd).toBe(1);
  });

  it('tells of a good free check before the call returns, and of a bad one later', () => {
    const { seen } = play({ ...quiet, faults: [outage] }, [100, DAY + 100], (api) => api.cheap(0));

    expect(seen).toEqual([
      { kind: 'cheap', at: 100, out: 'ok' },
      { kind: 'cheap', at: expect.closeTo(DAY + 105, -1) as number, out: 'fail' },
    ]);
  });

  it('tells of a free submit probe', () => {
    const { seen } = play({ ...quiet, faults: [{ ...outage, cls: 'retire' }] }, [100, DAY + 100], (api) =>
      api.queueProbe(0),
    );

    expect(seen.map((one) => one.kind === 'queue' && one.out)).toEqual(['ok', 'gone']);
  });

  it('cuts our own probes off while our network is broken, and control targets unless told otherwise', () => {
    const net = (controlOk: boolean) => [{ cls: 'net' as const, day: 1, min: 10, controlOk }];
    const controls: boolean[] = [];
    for (const controlOk of [false, true]) {
      const { seen } = play({ ...quiet, faults: net(controlOk) }, [DAY + 60], (api) => {
        controls.push(api.control());
        api.canary(0);
        api.cheap(0);
      });

      expect(seen.map((one) => one.kind !== 'ack' && one.out)).toEqual(['net', 'net']);
    }
    expect(controls).toEqual([false, true]);
  });

  it('feels a flapping fault only in its on-time', () => {
    const duty = { period: 600, on: 300 };
    const { seen } = play(
      { ...quiet, faults: [{ ...outage, set: { ...outage.set, duty } }] },
      [0, 1, 2, 3].map((half) => DAY + 300 * half + 20),
      (api) => api.cheap(0),
    );

    expect(seen.map((one) => one.kind === 'cheap' && one.out)).toEqual(['fail', 'ok', 'fail', 'ok']);
  });

  it('spares users whom the weight sends elsewhere', () => {
    const busy = { ...quiet, providers: [{ ...quiet.providers?.[0], traffic: 60 }], faults: [outage] };
    const warned = play(busy, [DAY, DAY + 3600], (api, now) =>
      api.set(0, now < DAY + 60 ? 'down' : 'up', now < DAY + 60 ? 0 : 1),
    );
    const unwarned = play(busy, [], () => undefined);

    expect(unwarned.measured.users.failed).toBeGreaterThan(20);
    expect(warned.measured.users.failed).toBeLessThan(5);
    expect(warned.measured.users.diverted).toBeGreaterThan(20);
    expect(warned.measured.users.total).toBe(unwarned.measured.users.total);
  });

  it('counts lies as reports of one reporter', () => {
    const { seen } = play({ ...quiet, poison: [{ p: 0, day: 1, n: 4, gap: 30 }] }, [], () => undefined);

    expect(seen.map((one) => one.kind === 'report' && [one.out, one.reporter])).toEqual(
      Array.from({ length: 4 }, () => ['fail', 2e6]),
    );
  });
});

describe('the measures', () => {
  const minute = (count: number) => DAY + 60 * count;

  it.each([
    [
      'at once',
      [
        [5, 'down'],
        [62, 'up'],
      ],
      { detectedSec: 300, recoveredSec: 120, flaps: 0 },
    ],
    [
      'after a suspicion',
      [
        [1, 'suspect'],
        [9, 'degraded'],
        [50, 'up'],
      ],
      { detectedSec: 540, recoveredSec: 0 },
    ],
    [
      'again and again',
      [
        [5, 'down'],
        [20, 'up'],
        [30, 'down'],
        [61, 'up'],
      ],
      { detectedSec: 300, flaps: 1 },
    ],
    [
      'as ours',
      [
        [5, 'config'],
        [61, 'up'],
      ],
      { detectedSec: 300, isMisattributed: true },
    ],
    [
      'never',
      [
        [1, 'suspect'],
        [61, 'up'],
      ],
      { detectedSec: Infinity, recoveredSec: null },
    ],
    [
      'under an older alert',
      [
        [-30, 'down'],
        [61, 'up'],
      ],
      { isMasked: true },
    ],
  ] as const)('see an outage that is found %s', (_, says, expected) => {
    const { measured } = play(
      { ...quiet, faults: [outage] },
      says.map(([at]) => minute(at)),
      (api, now) => {
        const [, verdict] = says.find(([at]) => Math.abs(minute(at) - now) < 1) ?? [];
        api.set(0, verdict ?? 'up', 1);
      },
    );

    expect(measured.records).toEqual([expect.objectContaining(expected)]);
  });

  it('call an alert false where nothing is near, and mark it where our own network was broken', () => {
    const faults = [{ cls: 'net' as const, day: 2, min: 10 }];
    const { measured } = play(
      { ...quiet, faults },
      [1, 1.1, 2.001, 2.1].map((day) => day * DAY),
      (api) => api.set(0, api.verdict(0) === 'up' ? 'down' : 'up', 1),
    );

    expect(measured).toMatchObject({ falseAlarms: 2, falseAlarmsOurNetwork: 1, nuisances: 0 });
  });

  it('count each booking that breaks a promise for 24 h, by the total and by the provider', () => {
    const spends = [0, 0.5, 0.9, 1.5, 1.9].map((day, nth) => ({
      submittedAt: day * DAY,
      provider: nth % 2,
      usd: 1,
    }));

    expect(countOverruns(spends, { totalUsdPerDay: 3, providerUsdPerDay: null })).toBe(0);
    expect(countOverruns(spends, { totalUsdPerDay: 2, providerUsdPerDay: null })).toBe(1);
    expect(countOverruns(spends, { totalUsdPerDay: 3, providerUsdPerDay: 1 })).toBe(1);
  });
});

describe('a contest', () => {
  it('reads who takes part, with which budget and without what', () => {
    expect(parseEntry('burst-1h@5~reports~jobs')).toMatchObject({
      policy: 'burst-1h',
      budgetUsd: 5,
      without: ['reports', 'jobs'],
    });
    expect(parseEntry('flip-1h', 3).budgetUsd).toBe(3);
    for (const odd of ['nobody', 'flip-1h@much', 'flip-1h@-1', 'flip-1h~luck', 'constructor'])
      expect(() => parseEntry(odd)).toThrow(EntryError);
  });

  it('gives the same figures on one thread and on two', async () => {
    const scenario = parseScenario({ days: 3 });
    const tasks = [1, 2].flatMap((seed) =>
      ['flip-1h', 'burst-1h'].map((name) => ({ scenario, seed, entry: parseEntry(name) })),
    );
    const done: number[] = [];
    const measured = async (threads: number) =>
      (await runAll(tasks, threads, (count) => done.push(count))).map((run) => run.measured);

    expect(await measured(2)).toEqual(await measured(1));
    expect(done).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  });

  it('lets the same seed make the same world, whoever watches', () => {
    const scenario = parseScenario({ days: 5 });
    const users = ['flip-1h', 'cusum'].map(
      (name) => runTask({ scenario, seed: 4, entry: parseEntry(name) }).measured.users.total,
    );

    expect(users[0]).toBeGreaterThan(100);
    expect(users[0]).toBe(users[1]);
  });
});
