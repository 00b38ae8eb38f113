import { describe, expect, it } from 'vitest';
import { createOutcomes } from '../../src/app/outcomes.ts';
import type { Recorder } from '../../src/app/recorder.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import type { Verdict } from '../../src/core/model.ts';
import type { Route } from '../../src/core/route.ts';
import { DEFAULT_ROUTING } from '../../src/core/routing.ts';
import { createWaiting } from '../../src/web/waiting.ts';
import type { Parts } from './world.ts';
import { createParts, START, TARGET } from './world.ts';

const ROUTE: Route = {
  id: 't2v',
  mode: 'enforce',
  capability: {
    task: 'text-to-video',
    durationsS: [4],
    aspectRatios: ['16:9'],
    resolutions: ['720p'],
    audio: false,
  },
  policy: DEFAULT_ROUTING,
  fallbackContent: [],
  members: [{ target: TARGET, baseWeight: 1 }],
};

interface Desk {
  parts: Parts;
  recorder: Recorder;
  judge: (verdict: Verdict) => Promise<void>;
  /** How often whoever waits was woken. */
  woken: () => number;
  index: () => string;
}

/** A daemon whose only target has passed, and somebody who waits for news, again and again. */
async function setUp(): Promise<Desk> {
  const parts = await createParts({ routes: [ROUTE] });
  const { board, clock } = parts;
  const recorder = createRecorder({ ...parts, ring: () => {} });
  let runs = 0;
  const judge = (verdict: Verdict) => {
    const at = clock.now();
    const event = { type: 'run.judged' as const, at, runId: `${TARGET}@${runs++}`, verdict, totalMs: 60_000 };
    return recorder.record(TARGET, () => ({ event }));
  };
  await recorder.planAll(START, 0);
  await judge({ is: 'pass', text: 'good video' });
  await parts.goOn(HOUR);

  const index = () => `${board.epoch}.${board.generation()}`;
  const waiting = createWaiting(board, clock);
  let woken = 0;
  const follow = async (): Promise<void> => {
    while (!parts.stop.signal.aborted) {
      await waiting.wait(index(), 1_000 * HOUR, () => {});
      woken += 1;
    }
  };
  void follow();
  return { parts, recorder, judge, woken: () => woken, index };
}

describe('who follows a daemon', () => {
  it("sleeps through an hour of users' outcomes on a calm target, each of which is recorded", async () => {
    const { parts, recorder, woken } = await setUp();
    const outcomes = createOutcomes({ ...parts, recorder });
    void outcomes.run(parts.stop.signal);
    const before = parts.board.generation();

    for (let n = 0; n < 720; n++) {
      const batch = outcomes.open('router');
      const job = {
        target: TARGET,
        outcome: 'ok' as const,
        cause: null,
        latencyMs: 55_000 + (n % 10) * 1_000,
      };
      batch.take({ ...job, submittedAt: null, at: null, job: `job-${n}`, reporter: `user ${n % 40}` });
      batch.close();
      await parts.goOn(5 * SECOND);
    }

    expect(parts.board.generation() - before).toBeGreaterThan(50);
    expect(woken()).toBe(0);
    parts.stop.abort();
  });

  it('sleeps on where a good canary or a plan that is issued again tells nothing new', async () => {
    const { parts, recorder, judge, woken } = await setUp();
    const before = parts.board.generation();
    for (let n = 0; n < 5; n++) {
      await judge({ is: 'pass', text: 'good video' });
      await recorder.planAll(parts.clock.now(), parts.clock.now());
      await parts.goOn(10 * MINUTE);
    }

    expect(parts.board.generation()).toBe(before + 10);
    expect(woken()).toBe(0);
  });

  it('is woken once by each state that is shown', async () => {
    const { parts, judge, woken } = await setUp();
    const states: string[] = [];
    for (let n = 0; n < 6; n++) {
      await judge({ is: 'fail', cause: 'unavailable', blame: 'provider', text: 'no video' });
      await parts.goOn(MINUTE);
      states.push(parts.board.state(TARGET).health);
    }

    expect(states.at(-1)).toBe('down');
    expect(woken()).toBe(new Set(states).size);
  });

  it('is woken by what another daemon on the same store has found out', async () => {
    const { parts, woken } = await setUp();
    const saved = await parts.store.peek();
    const [state] = saved.states;
    if (state === undefined) throw new Error('nothing is saved');
    const next = { ...saved, generation: saved.generation + 1 };
    parts.board.reset({ ...next, states: [{ ...state, version: state.version + 1 }] });
    await parts.goOn(SECOND);
    const calm = woken();
    parts.board.reset({ ...next, generation: next.generation + 1, states: [{ ...state, health: 'down' }] });
    await parts.goOn(SECOND);

    expect([calm, woken()]).toEqual([0, 1]);
  });
});

it('is as long without a sign of life as it is, whoever sets the clock back', async () => {
  const parts = await createParts();
  parts.board.ticked(parts.clock.now());
  await parts.goOn(MINUTE);
  parts.machine.step(-HOUR);
  await parts.goOn(3 * MINUTE);

  expect(parts.board.silentMs()).toBe(4 * MINUTE);
});
