import { expect, it } from 'vitest';
import { closeRun, lostTrace } from '../../src/app/closing.ts';
import { failureFrom } from '../../src/app/failures.ts';
import type { Recorder } from '../../src/app/recorder.ts';
import type { Purse } from '../../src/app/purse.ts';
import type { Trace } from '../../src/core/trace.ts';
import type { OpenRun } from '../../src/ports/store.ts';
import { createParts, START, TARGET } from './world.ts';

async function closed(change: Partial<Trace> = {}) {
  const parts = await createParts();
  const [setting] = parts.settings.targets;
  if (setting === undefined) throw new Error('there is a target');
  const run: OpenRun = {
    runId: `${TARGET}@1`,
    target: TARGET,
    why: 'slot',
    startedAt: START,
    job: null,
    jobId: null,
    acceptedAt: null,
    resumes: 0,
  };
  const freed: [string, number][] = [];
  const recorded: unknown[] = [];
  const recorder = { record: async (id: string) => void recorded.push(id) } as unknown as Recorder;
  const purse = { closed: (...call: [string, number]) => void freed.push(call) } as unknown as Purse;
  const trace = { ...lostTrace(setting, run, START + 1_000), ...change };
  await closeRun({ ...parts, recorder, purse }, setting, trace, null);
  return { freed, recorded };
}

it('keeps the money of a run that was lost: its job may be running, and be charged for', async () => {
  const { freed, recorded } = await closed();

  expect(recorded).toEqual([TARGET]);
  expect(freed).toEqual([]);
});

it('settles the money of any other run with what it cost', async () => {
  const failure = failureFrom('submit', 'transport', 'no connection');

  const { freed } = await closed({ failure, cost: { usd: 0.25, from: 'provider' } });

  expect(freed).toEqual([[`${TARGET}@1`, 0.25]]);
});
