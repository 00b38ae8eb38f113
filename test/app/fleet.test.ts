import { describe, expect, it } from 'vitest';
import { begin, createFleet, land, resumeAll } from '../../src/app/fleet.ts';
import type { Fleet } from '../../src/app/fleet.ts';
import { createNetwork } from '../../src/app/network.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import { StoreError } from '../../src/ports/store.ts';
import type { Store } from '../../src/ports/store.ts';
import { VIDEO } from '../sim/provider.ts';
import { aClaim } from '../store/samples.ts';
import { aProvider, aSettings, createParts, NO_HTTP, START, TARGET } from './world.ts';
import type { Parts } from './world.ts';

const RUN = `${TARGET}@${START}`;

async function setUp(wrap: (store: Store, parts: Parts) => Partial<Store> = () => ({})) {
  const ordered: string[] = [];
  const provider = aProvider({
    submit: (_, key) => {
      ordered.push(key);
      return Promise.resolve({ job: { key }, jobId: 'job-1', costUsd: null });
    },
  });
  const parts = await createParts({ targets: aSettings(provider).targets });
  const store = { ...parts.store, ...wrap(parts.store, parts) };
  const faults: unknown[] = [];
  const base = { ...parts, store, ring: () => {} };
  const fleet: Fleet = createFleet(
    {
      ...base,
      recorder: createRecorder(base),
      http: NO_HTTP,
      media: { inspect: () => Promise.resolve({ is: 'video', facts: VIDEO, frameJpegBase64: null }) },
      scratch: { pathFor: (runId) => runId, save: () => Promise.resolve(), remove: () => Promise.resolve() },
      network: createNetwork({ http: NO_HTTP, clock: parts.clock, controlUrls: [] }),
      download: parts.settings.download,
      saveJob: (...job) => parts.persist(() => store.saveJob(...job)),
      moved: parts.board.moved,
      fatal: (error) => void faults.push(error),
    },
    () => {},
  );
  const [setting] = parts.settings.targets;
  if (setting === undefined) throw new Error('no target');
  return { parts, fleet, setting, ordered, faults };
}

describe('a slot', () => {
  it('is claimed, flown and judged', async () => {
    const { parts, fleet, setting, ordered, faults } = await setUp();

    expect(await begin(fleet, setting, START, 'slot')).toBe('started');
    await parts.goOn(MINUTE);

    expect(ordered).toEqual([RUN]);
    expect((await parts.store.run(RUN))?.verdict?.is).toBe('pass');
    expect(parts.observed).toEqual(['started slot', 'committed run.judged', 'ended pass']);
    expect([fleet.busy.size, fleet.flying.size, parts.board.flights(), faults]).toEqual([0, 0, [], []]);
  });

  it('is never ordered again, whatever became of it', async () => {
    const { parts, fleet, setting, ordered } = await setUp();
    await begin(fleet, setting, START, 'slot');
    await parts.goOn(MINUTE);

    expect(await begin(fleet, setting, START, 'slot')).toBe('taken');
    await parts.goOn(MINUTE);

    expect(ordered).toEqual([RUN]);
  });

  it('waits while a run of the same target is in flight', async () => {
    const { fleet, setting } = await setUp();

    const both = [begin(fleet, setting, START, 'slot'), begin(fleet, setting, START + 1, 'manual')];

    expect(await Promise.all(both)).toEqual(['started', 'busy']);
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
    expect(fleet.busy.size).toBe(0);
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
    expect([ordered, fleet.busy.size]).toEqual([[], 0]);
  });

  it('goes on with a saved job, and keeps the target from beginning another', async () => {
    const { parts, fleet, setting, ordered } = await setUp();
    await parts.store.claimRun(aClaim(RUN, { at: START }));
    await parts.store.saveJob(RUN, { id: 7 }, 'job-7', START);

    const resuming = resumeAll(fleet);
    await resuming;
    const other = await begin(fleet, setting, START + 1, 'slot');
    await parts.goOn(MINUTE);

    expect(other).toBe('busy');
    expect(ordered).toEqual([]);
    expect(await parts.store.run(RUN)).toMatchObject({ jobId: 'job-7', verdict: { is: 'pass' } });
  });

  it('leaves alone what belongs to a target that is no longer configured', async () => {
    const { parts, fleet } = await setUp();
    await parts.store.claimRun(aClaim('gone/model@1', { at: START }));

    await resumeAll(fleet);

    expect((await parts.store.openRuns()).map(({ runId }) => runId)).toEqual(['gone/model@1']);
    expect(parts.logged).toEqual(['an open run of a target that is no longer configured is left alone']);
  });
});
