import { describe, expect, it } from 'vitest';
import { begin, createFleet, flyingOf, hasRoom, land, resumeAll } from '../../src/app/fleet.ts';
import type { Fleet } from '../../src/app/fleet.ts';
import { createPurse } from '../../src/app/purse.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Provider } from '../../src/ports/provider.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store } from '../../src/ports/store.ts';
import { VIDEO } from '../sim/provider.ts';
import { aClaim } from '../store/samples.ts';
import { aNetwork, aProvider, aSettings, createParts, NO_HTTP, START, TARGET } from './world.ts';
import type { Parts } from './world.ts';

const RUN = `${TARGET}@${START}`;

async function setUp(
  wrap: (store: Store, parts: Parts) => Partial<Store> = () => ({}),
  more: Partial<Provider> = {},
) {
  const ordered: string[] = [];
  const provider = aProvider({
    submit: (_, key) => {
      ordered.push(key);
      return Promise.resolve({ job: { key }, jobId: 'job-1', costUsd: null });
    },
    ...more,
  });
  const parts = await createParts({ targets: aSettings(provider).targets });
  const store = { ...parts.store, ...wrap(parts.store, parts) };
  const faults: unknown[] = [];
  const base = { ...parts, store, ring: () => {} };
  const recorder = createRecorder(base);
  const purse = createPurse({ ...base, states: parts.board.states, now: parts.clock.now });
  const fleet: Fleet = createFleet(
    {
      ...base,
      recorder,
      purse,
      http: NO_HTTP,
      media: { inspect: () => Promise.resolve({ is: 'video', facts: VIDEO, frameJpegBase64: null }) },
      scratch: { pathFor: (runId) => runId, save: () => Promise.resolve(), remove: () => Promise.resolve() },
      network: aNetwork(parts),
      download: parts.settings.download,
      saveJob: (...job) => parts.persist(() => store.saveJob(...job)),
      moved: parts.board.moved,
      fatal: (error) => void faults.push(error),
    },
    () => {},
  );
  const [setting] = parts.settings.targets;
  if (setting === undefined) throw new Error('no target');
  return { parts, fleet, setting, ordered, faults, purse };
}

describe('a slot', () => {
  it('is claimed, flown and judged', async () => {
    const { parts, fleet, setting, ordered, faults } = await setUp();

    expect(await begin(fleet, setting, START, 'slot')).toBe('started');
    await parts.goOn(MINUTE);

    expect(ordered).toEqual([RUN]);
    expect((await parts.store.run(RUN))?.verdict?.is).toBe('pass');
    expect(parts.observed).toEqual(['started slot', 'committed run.judged', 'ended pass']);
    expect([fleet.aloft.size, fleet.flying.size, parts.board.flights(), faults]).toEqual([0, 0, [], []]);
  });

  it('is never ordered again, whatever became of it', async () => {
    const { parts, fleet, setting, ordered } = await setUp();
    await begin(fleet, setting, START, 'slot');
    await parts.goOn(MINUTE);

    expect(await begin(fleet, setting, START, 'slot')).toBe('taken');
    await parts.goOn(MINUTE);

    expect(ordered).toEqual([RUN]);
  });

  it('flies beside other runs of the same target, as many as the provider has room for', async () => {
    const { parts, fleet, setting, ordered } = await setUp();
    const room = [hasRoom(fleet, setting)];
    for (const k of [0, 1]) {
      expect(await begin(fleet, setting, START + k, 'confirm')).toBe('started');
      room.push(hasRoom(fleet, setting));
    }
    const flying = flyingOf(fleet, TARGET);
    await parts.goOn(MINUTE);

    expect(room).toEqual([true, true, false]);
    expect(flying).toEqual([START, START]);
    expect(ordered).toEqual([RUN, `${TARGET}@${START + 1}`]);
    expect([flyingOf(fleet, TARGET), hasRoom(fleet, setting)]).toEqual([[], true]);
  });

  it('is not begun twice at the same moment', async () => {
    const { fleet, setting } = await setUp();

    const both = [begin(fleet, setting, START, 'slot'), begin(fleet, setting, START, 'manual')];

    expect(await Promise.all(both)).toEqual(['started', 'busy']);
  });

  it('is set aside in the purse from before its claim, and costs there what it cost', async () => {
    const { parts, fleet, setting, purse } = await setUp();
    const left = () => purse.affordable(setting, 1, parts.clock.now());
    const before = left();
    const beginning = begin(fleet, setting, START, 'slot');
    const during = left();
    await beginning;
    await parts.goOn(MINUTE);

    expect([before, during, left()]).toEqual([200, 199, 199]);
  });

  it('that failed with its order costs nothing', async () => {
    const refuse = () => Promise.reject(new HttpError('status', 'no', { status: 500 }));
    const { parts, fleet, setting, purse } = await setUp(() => ({}), { submit: refuse });
    await begin(fleet, setting, START, 'slot');
    await parts.goOn(MINUTE);

    expect(purse.affordable(setting, 1, parts.clock.now())).toBe(200);
  });

  it('is flown though the answer to its claim got lost', async () => {
    let isFirst = true;
    const { parts, fleet, setting, ordered } = await setUp((store) => ({
      claimRun: async (claim) => {
        const outcome = await store.claimRun(claim);
        if (isFirst) {
          isFirst = false;
          throw new StoreError('unavailable', 'the connection broke');
        }
        return outcome;
      },
    }));

    const outcome = begin(fleet, setting, START, 'slot');
    await parts.goOn(MINUTE);

    expect(await outcome).toBe('started');
    expect(ordered).toEqual([RUN]);
    expect((await parts.store.run(RUN))?.verdict?.is).toBe('pass');
  });

  it('of somebody else stays theirs though the first answer got lost', async () => {
    let isFirst = true;
    const { parts, fleet, setting, ordered } = await setUp((store) => ({
      claimRun: (claim) => {
        if (!isFirst) return store.claimRun(claim);
        isFirst = false;
        return Promise.reject(new StoreError('unavailable', 'no connection'));
      },
    }));
    await parts.store.claimRun(aClaim(RUN, { at: START - SECOND }));

    const outcome = begin(fleet, setting, START, 'slot');
    await parts.goOn(MINUTE);

    expect(await outcome).toBe('taken');
    expect(ordered).toEqual([]);
  });

  it('that was refused for money leaves the target free', async () => {
    const { parts, fleet, setting } = await setUp();
    parts.settings.limits['acme'] = { budgetUsd: 0.4, plannedUsdPerDay: 0, concurrencyMax: 1 };

    expect(await begin(fleet, setting, START, 'slot')).toBe('over_budget');
    expect(fleet.aloft.size).toBe(0);
  });
});

describe('a stop', () => {
  it('waits for a claim that is being written, and lets nothing begin after it', async () => {
    const { parts, fleet, setting, ordered } = await setUp((store, { clock }) => ({
      claimRun: async (claim) => {
        await clock.sleep(SECOND, new AbortController().signal);
        return store.claimRun(claim);
      },
    }));
    void begin(fleet, setting, START, 'slot');
    let isOver = false;
    void land(fleet).then(() => {
      isOver = true;
    });

    await parts.goOn(SECOND / 2);
    const wasOver = isOver;
    await parts.goOn(SECOND);

    expect([wasOver, isOver]).toEqual([false, true]);
    expect(ordered).toEqual([RUN]);
    expect((await parts.store.openRuns()).map(({ jobId }) => jobId)).toEqual(['job-1']);
  });
});

describe('a start', () => {
  it('closes a run without a job as interrupted, with its money, and orders nothing', async () => {
    const { parts, fleet, ordered } = await setUp();
    await parts.store.claimRun(aClaim(RUN, { at: START, reservedUsd: 0.5 }));

    await resumeAll(fleet);

    const run = await parts.store.run(RUN);
    expect(run?.verdict).toMatchObject({ is: 'inconclusive', cause: 'interrupted' });
    expect(run?.costUsd).toBe(0.5);
    expect([ordered, fleet.aloft.size]).toEqual([[], 0]);
  });

  it('goes on with a saved job, which counts as in flight', async () => {
    const { parts, fleet, ordered } = await setUp();
    await parts.store.claimRun(aClaim(RUN, { at: START }));
    await parts.store.saveJob(RUN, { id: 7 }, 'job-7', START);

    const resuming = resumeAll(fleet);
    await resuming;
    const flying = flyingOf(fleet, TARGET);
    await parts.goOn(MINUTE);

    expect(flying).toEqual([START]);
    expect(ordered).toEqual([]);
    expect(await parts.store.run(RUN)).toMatchObject({ jobId: 'job-7', verdict: { is: 'pass' } });
  });

  it('takes a job up five times, and then closes its run without blaming anybody', async () => {
    const polls: number[] = [];
    const { parts, fleet } = await setUp(undefined, {
      poll: () => {
        polls.push(1);
        return Promise.resolve({ is: 'pending', phase: 'queue', progress: null });
      },
    });
    await parts.store.claimRun(aClaim(RUN, { at: START }));
    await parts.store.saveJob(RUN, { id: 7 }, 'job-7', START);

    // The process dies each time, before the job has ended.
    for (let life = 1; life <= 5; life++) {
      fleet.aloft.clear();
      await resumeAll(fleet);
      await parts.goOn(0);
    }
    const before = [polls.length, (await parts.store.run(RUN))?.verdict];
    fleet.aloft.clear();
    await resumeAll(fleet);
    await parts.goOn(0);

    expect(before).toEqual([5, null]);
    expect(polls).toHaveLength(5);
    expect(await parts.store.run(RUN)).toMatchObject({
      verdict: { is: 'inconclusive', cause: 'interrupted' },
      costUsd: 0.5,
    });
    expect(await parts.store.openRuns()).toEqual([]);
  });

  it('leaves alone what belongs to a target that is no longer configured', async () => {
    const { parts, fleet } = await setUp();
    await parts.store.claimRun(aClaim('gone/model@1', { at: START }));

    await resumeAll(fleet);

    expect((await parts.store.openRuns()).map(({ runId }) => runId)).toEqual(['gone/model@1']);
    expect(parts.logged).toEqual(['an open run of a target that is no longer configured is left alone']);
  });
});
