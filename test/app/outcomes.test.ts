import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCrowd, eventOf, join, VOICES_MAX } from '../../src/app/crowd.ts';
import { createDuplicates } from '../../src/app/duplicates.ts';
import type { OutcomeDesk, OutcomeLimits } from '../../src/app/outcomes.ts';
import { CALM_MS, createOutcomes, DOUBT_MS, OUTCOME_LIMITS, REPORTS_MAX } from '../../src/app/outcomes.ts';
import { createRecorder } from '../../src/app/recorder.ts';
import { createTally } from '../../src/app/tally.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { faultOf } from '../../src/core/belief.ts';
import type { TargetEvent } from '../../src/core/model.ts';
import type { UserJob } from '../../src/core/outcomes.ts';
import { AHEAD_MS_MAX, LATE_MS_MAX, LATENCY_MS_MAX, OUTCOMES } from '../../src/core/outcomes.ts';
import type { Parts } from './world.ts';
import { createParts, START, TARGET } from './world.ts';

const jobOf = (change: Partial<UserJob> = {}): UserJob => ({
  target: TARGET,
  outcome: 'ok',
  cause: null,
  latencyMs: 60_000,
  submittedAt: null,
  at: null,
  job: null,
  reporter: null,
  ...change,
});

/** What five other users met. */
const timeouts = (n: number): UserJob[] =>
  Array.from({ length: 5 }, (_, k) =>
    jobOf({ outcome: 'timeout', reporter: `u${n * 5 + k}`, latencyMs: 1_000 }),
  );

interface Desk {
  parts: Parts;
  recorder: ReturnType<typeof createRecorder>;
  outcomes: OutcomeDesk;
  /** Tells of jobs; gives back why each was refused. */
  tell: (jobs: readonly UserJob[], sender?: string) => (string | null)[];
  events: () => Promise<Extract<TargetEvent, { type: 'outcomes.reported' }>[]>;
}

async function setUp(limits?: OutcomeLimits): Promise<Desk> {
  const parts = await createParts();
  const recorder = createRecorder({ ...parts, ring: () => {} });
  const outcomes = createOutcomes({ ...parts, recorder, ...(limits && { limits }) });
  void outcomes.run(parts.stop.signal);
  const run: TargetEvent = {
    type: 'run.judged',
    at: START,
    runId: `${TARGET}@0`,
    verdict: { is: 'pass', text: 'good video' },
    totalMs: 60_000,
  };
  await recorder.record(TARGET, () => ({ event: run }));
  await parts.goOn(HOUR);
  return {
    parts,
    recorder,
    outcomes,
    tell: (jobs, sender = 'router') => {
      const batch = outcomes.open(sender);
      const answers = jobs.map((job) => batch.take(job)?.code ?? null);
      batch.close();
      return answers;
    },
    events: async () =>
      (await parts.store.events(TARGET)).filter((event) => event.type === 'outcomes.reported'),
  };
}

describe('a line of a report', () => {
  const NOW = START + HOUR;
  it.each([
    ['of a target that nobody configured', { target: 'acme/other' }, 'unknown_target'],
    ['that ended just in time', { at: NOW - LATE_MS_MAX }, null],
    ['that ended too long ago', { at: NOW - LATE_MS_MAX - 1 }, 'late'],
    ['from a clock that is a little ahead', { at: NOW + AHEAD_MS_MAX }, null],
    ['from the future', { at: NOW + AHEAD_MS_MAX + 1 }, 'future'],
    ['submitted after its end', { submittedAt: NOW + 1 }, 'absurd'],
    ['submitted a day before its end', { submittedAt: NOW - LATENCY_MS_MAX }, null],
    ['submitted longer before its end', { submittedAt: NOW - LATENCY_MS_MAX - 1 }, 'absurd'],
  ])('%s', async (_, change, refusal) => {
    const { tell } = await setUp();

    expect(tell([jobOf(change)])).toEqual([refusal]);
  });

  it('with a job that was told before is a duplicate, in the same batch and in a later one', async () => {
    const { parts, tell } = await setUp();

    expect(tell([jobOf({ job: 'a' }), jobOf({ job: 'a' }), jobOf({ job: 'b' }), jobOf()])).toEqual([
      null,
      'duplicate',
      null,
      null,
    ]);
    expect(tell([jobOf({ job: 'b' }), jobOf({ job: 'c' })])).toEqual(['duplicate', null]);
    await parts.goOn(LATE_MS_MAX + 2 * SECOND);
    expect(tell([jobOf({ job: 'b' })])).toEqual([null]);
  });

  it('that was refused may be told again once it is right', async () => {
    const { tell } = await setUp();

    expect(tell([jobOf({ job: 'a', at: START }), jobOf({ job: 'a' })])).toEqual(['late', null]);
  });

  it('is counted, by target and outcome or by why it was refused', async () => {
    const { parts, outcomes, tell } = await setUp();
    tell([jobOf(), jobOf(), jobOf({ outcome: 'failed', cause: 'overloaded' }), jobOf({ target: 'no/such' })]);

    expect(parts.observed.slice(-3)).toEqual([
      'reported 2 ok',
      'reported 1 failed',
      'refused 1 unknown_target',
    ]);
    expect([...outcomes.recent()]).toEqual([[TARGET, { good: 2, bad: 1 }]]);
  });
});

describe("users' jobs", () => {
  it('that go well are written once a minute, however many there are', async () => {
    const { parts, tell, events } = await setUp();
    for (let second = 0; second < 600; second++) {
      tell(Array.from({ length: 50 }, (_, n) => jobOf({ reporter: `u${n}` })));
      await parts.goOn(SECOND);
    }

    const written = await events();
    expect(written.length).toBeGreaterThanOrEqual(9);
    expect(written.length).toBeLessThanOrEqual(12);
    for (const { reports } of written) expect(reports.length).toBeLessThanOrEqual(6);
    expect(written.reduce((sum, { good }) => sum + good, 0)).toBeGreaterThan(26_000);
    expect(parts.board.state(TARGET).health).toBe('healthy');
    expect(parts.board.state(TARGET).belief?.reportGapMs).toBe(SECOND);
  });

  it('are not written of at all while there are none', async () => {
    const { parts, tell, events } = await setUp();
    tell([jobOf()]);
    await parts.goOn(3 * HOUR);

    expect(await events()).toHaveLength(1);
  });

  it('are heard at once where they begin to fail, and every few seconds under suspicion', async () => {
    const { parts, tell, events } = await setUp();
    tell([jobOf({ reporter: 'a' })]);
    await parts.goOn(2 * MINUTE);
    const before = (await events()).length;
    tell([jobOf({ outcome: 'failed', reporter: 'b' })]);
    await parts.goOn(SECOND);

    expect(await events()).toHaveLength(before + 1);
    for (const reporter of ['c', 'd']) {
      tell([jobOf({ outcome: 'failed', reporter })]);
      await parts.goOn(DOUBT_MS + SECOND);
    }
    expect(parts.board.state(TARGET).health).toBe('suspect');
    expect(await events()).toHaveLength(before + 3);
    tell([jobOf({ reporter: 'e' })]);
    await parts.goOn(DOUBT_MS + SECOND);
    expect(await events()).toHaveLength(before + 4);
  });

  it('of a user who never succeeds are told at once a few times, and then by the minute', async () => {
    const { parts, tell, events } = await setUp();
    tell([jobOf({ reporter: 'a' })]);
    for (let n = 0; n < 360; n++) {
      if (n % 12 === 0) tell([jobOf({ reporter: 'a' })]);
      tell([jobOf({ outcome: 'failed', reporter: 'hopeless' })]);
      await parts.goOn(5 * SECOND);
    }

    expect((await events()).length).toBeLessThan(30 + 12 + 5);
  });

  it('are heard at once again as soon as an outage of hours is over', async () => {
    const { parts, recorder, tell, events } = await setUp();
    for (let n = 0; n < 4; n++) {
      const event = {
        type: 'run.judged' as const,
        at: parts.clock.now(),
        runId: `${TARGET}@down-${n}`,
        verdict: { is: 'fail', cause: 'unavailable', blame: 'provider', text: 'HTTP 503' } as const,
        totalMs: null,
      };
      await recorder.record(TARGET, () => ({ event }));
      await parts.goOn(30 * SECOND);
    }
    expect(parts.board.state(TARGET).health).toBe('down');
    for (let n = 0; n < 720; n++) {
      tell(timeouts(n));
      await parts.goOn(10 * SECOND);
    }
    await recorder.record(TARGET, () => ({
      event: {
        type: 'run.judged',
        at: parts.clock.now(),
        runId: `${TARGET}@good`,
        verdict: { is: 'pass', text: 'good video' },
        totalMs: 60_000,
      },
    }));
    for (let n = 0; n < 10 && parts.board.state(TARGET).health !== 'healthy'; n++) {
      tell([jobOf({ reporter: 'a' }), jobOf({ reporter: 'b' }), jobOf({ reporter: 'c' })]);
      await parts.goOn(MINUTE);
    }
    expect(parts.board.state(TARGET).health).toBe('healthy');
    tell([jobOf()]);
    await parts.goOn(MINUTE + 10 * SECOND);
    tell([jobOf()]);
    await parts.goOn(10 * SECOND);
    const before = (await events()).length;

    tell(timeouts(1_000));
    await parts.goOn(DOUBT_MS + SECOND);

    expect((await events()).slice(before).map(({ bad }) => bad)).toEqual([5]);
  });

  it('are heard as soon after the clock was set back as before', async () => {
    const { parts, tell, events } = await setUp();
    tell([jobOf()]);
    await parts.goOn(2 * MINUTE);
    parts.machine.step(-HOUR);

    tell([jobOf()]);
    await parts.goOn(2 * MINUTE);

    expect((await events()).map(({ good }) => good)).toEqual([1, 1]);
  });

  it('of a calm target that fail now and then do not make it be heard oftener', async () => {
    const { parts, tell, events } = await setUp();
    for (let second = 0; second < 300; second++) {
      const fails = second % 10 === 0;
      tell(Array.from({ length: 20 }, (_, n) => jobOf({ reporter: `u${n}` })));
      if (fails) tell([jobOf({ outcome: 'failed', reporter: `u${second}` })]);
      await parts.goOn(SECOND);
    }

    expect((await events()).length).toBeLessThanOrEqual(7);
  });

  it('of one sender that names nobody are one voice, and open nothing', async () => {
    const { parts, tell } = await setUp();
    for (let n = 0; n < 360; n++) {
      tell(Array.from({ length: 20 }, () => jobOf({ outcome: 'failed' })));
      await parts.goOn(5 * SECOND);
    }

    expect(parts.board.state(TARGET).incident).toBeNull();
    expect(faultOf(parts.board.state(TARGET).belief?.probabilities ?? [])).toBeLessThan(0.3);
  });

  it('of many users that fail open an incident within two minutes where two senders tell of them', async () => {
    const { parts, tell } = await setUp();
    for (let n = 0; n < 24; n++) {
      tell(timeouts(n), n % 2 === 0 ? 'east' : 'west');
      await parts.goOn(5 * SECOND);
    }

    expect(parts.board.state(TARGET).incident).toMatchObject({ worst: 'down', cause: 'timeout' });
  });

  it('of many users that fail wait for a canary where one sender tells of them', async () => {
    const { parts, recorder, tell } = await setUp();
    for (let n = 0; n < 240; n++) {
      tell(timeouts(n));
      await parts.goOn(5 * SECOND);
    }
    expect(parts.board.state(TARGET)).toMatchObject({ health: 'suspect', incident: null });
    expect(parts.board.state(TARGET).belief?.badGenerations).toBe(1);

    for (const n of [1, 2])
      await recorder.record(TARGET, () => ({
        event: {
          type: 'run.judged',
          at: parts.clock.now(),
          runId: `${TARGET}@${n}`,
          verdict: { is: 'fail', cause: 'timeout', blame: 'provider', text: 'no video' },
          totalMs: null,
        },
      }));
    expect(parts.board.state(TARGET).incident).toMatchObject({ worst: 'down', cause: 'timeout' });
  });

  it('leave no trace where they only say something about the user', async () => {
    const { parts, tell, events } = await setUp();
    tell([
      jobOf({ outcome: 'refused', cause: 'rate_limited' }),
      jobOf({ outcome: 'failed', cause: 'bad_request' }),
    ]);
    await parts.goOn(HOUR);

    expect(await events()).toEqual([]);
  });

  it('wait in memory while the store is away, and are told when it is back', async () => {
    const { parts, tell, events } = await setUp();
    const { commit } = parts.store;
    let isAway = true;
    parts.store.commit = (given) => {
      if (!isAway) return commit(given);
      isAway = false;
      return new Promise((resolve, reject) => {
        void parts.clock.sleep(5 * MINUTE, parts.stop.signal).then(() => commit(given).then(resolve, reject));
      });
    };
    for (let n = 0; n < 30; n++) {
      tell(Array.from({ length: 500 }, (_, k) => jobOf({ reporter: `u${k}` })));
      await parts.goOn(20 * SECOND);
    }

    const written = await events();
    expect(written.reduce((sum, { good }) => sum + good, 0)).toBeGreaterThan(13_000);
  });
});

describe('what is taken in', () => {
  it('is bounded a second; who comes too early is told when to come again', async () => {
    const { parts, outcomes, tell } = await setUp({ perSecondMax: 100, jobsMax: 64 });
    expect(outcomes.waitMs()).toBe(0);
    tell(Array.from({ length: 250 }, () => jobOf()));

    const waitMs = outcomes.waitMs();
    expect(waitMs).toBeGreaterThan(1_400);
    expect(waitMs).toBeLessThanOrEqual(1_510);
    await parts.goOn(waitMs);
    expect(outcomes.waitMs()).toBe(0);
  });

  it('counts lines that are refused, too', async () => {
    const { outcomes, tell } = await setUp({ perSecondMax: 100, jobsMax: 64 });
    tell(Array.from({ length: 150 }, () => jobOf({ target: 'no/such' })));
    const batch = outcomes.open('router');
    batch.spoilt();
    batch.close();

    expect(outcomes.waitMs()).toBeGreaterThan(400);
  });
});

describe('a crowd', () => {
  const jobs = fc.array(
    fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      reporter: fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 4 })),
      at: fc.integer({ min: START - MINUTE, max: START }),
    }),
    { maxLength: 600, size: 'max' },
  );

  it('is told in few words, in the order of time, and counted in full', () => {
    const property = fc.property(jobs, fc.integer({ min: 1, max: REPORTS_MAX }), (all, max) => {
      const crowd = emptyCrowd(START);
      for (const { outcome, reporter, at } of all)
        join(crowd, { job: jobOf({ outcome, reporter }), at, sender: 'router' });
      const event = eventOf(crowd, START + CALM_MS, max);

      expect(event.reports.length).toBeLessThanOrEqual(max);
      expect(event.reports.length).toBe(Math.min(max, new Set(event.reports.map((r) => r.reporter)).size));
      expect(event.good + event.bad).toBe(all.length);
      expect(event.reports.map(({ at }) => at)).toEqual(
        event.reports.map(({ at }) => at).toSorted((a, b) => a - b),
      );
      expect(crowd.senders.get('router')?.size ?? 0).toBeLessThanOrEqual(VOICES_MAX);
      expect(eventOf(crowd, START + CALM_MS, max)).toEqual(event);
      expect(JSON.stringify(event.reports)).not.toMatch(/"reporter":"[abc]"/);
    });

    fc.assert(property, { numRuns: 200 });
  });

  it.each([0.05, 0.4, 0.9])('keeps its share of failures of %f, over many of them', (share) => {
    let [bads, all] = [0, 0];
    for (let n = 0; n < 400; n++) {
      const crowd = emptyCrowd(START + n);
      for (let user = 0; user < 100; user++) {
        const outcome = (user * 61 + n * 7) % 100 < 100 * share ? 'failed' : 'ok';
        join(crowd, { job: jobOf({ outcome, reporter: `u${user}` }), at: START, sender: 'router' });
      }
      const { reports } = eventOf(crowd, START + n, REPORTS_MAX);
      bads += reports.filter(({ is }) => is === 'fail').length;
      all += reports.length;
    }

    expect(bads / all).toBeGreaterThan(share - 0.02);
    expect(bads / all).toBeLessThan(share + 0.02);
  });

  it('holds a bounded number of reporters of a sender, however many there are', () => {
    const crowd = emptyCrowd(START);
    for (let n = 0; n < 5_000; n++)
      join(crowd, { job: jobOf({ reporter: `name ${n}` }), at: START, sender: 'router' });

    expect(crowd.senders.get('router')?.size).toBe(VOICES_MAX);
  });

  it('hears every sender alike, however many names another one gives', () => {
    const crowd = emptyCrowd(START);
    for (let n = 0; n < 5_000; n++)
      join(crowd, { job: jobOf({ outcome: 'failed', reporter: `name ${n}` }), at: START, sender: 'liar' });
    for (const reporter of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'])
      join(crowd, { job: jobOf({ reporter }), at: START, sender: 'router' });
    join(crowd, { job: jobOf({ reporter: 'z' }), at: START, sender: 'small' });
    const { reports, good, bad } = eventOf(crowd, START, REPORTS_MAX);
    const bySender = [...Map.groupBy(reports, ({ sender }) => sender).values()].map((all) => all.length);

    expect(bySender.toSorted((a, b) => a - b)).toEqual([1, 9, 10]);
    expect(reports.filter(({ is }) => is === 'ok')).toHaveLength(10);
    expect([good, bad]).toEqual([12, 5_000]);
  });

  it('gives a reporter of many jobs one voice, which fails as often as its jobs do', () => {
    let bads = 0;
    for (let n = 0; n < 2_000; n++) {
      const crowd = emptyCrowd(START + n);
      for (let k = 0; k < 10; k++)
        join(crowd, { job: jobOf({ outcome: k < 3 ? 'failed' : 'ok' }), at: START, sender: 'router' });
      const { reports } = eventOf(crowd, START + n, REPORTS_MAX);
      expect(reports).toHaveLength(1);
      if (reports[0]?.is === 'fail') bads += 1;
    }

    expect(bads / 2_000).toBeGreaterThan(0.25);
    expect(bads / 2_000).toBeLessThan(0.35);
  });
});

describe('the memory of jobs', () => {
  it('knows every job again until it expires, and takes none for another', () => {
    const property = fc.property(fc.uniqueArray(fc.string(), { maxLength: 200 }), (texts) => {
      const duplicates = createDuplicates(2 ** 14, MINUTE);
      const first = texts.map((text) => duplicates.isNew(text, START));
      const again = texts.map((text) => duplicates.isNew(text, START + MINUTE));
      const later = texts.map((text) => duplicates.isNew(text, START + MINUTE + 2 * SECOND));
      return first.every(Boolean) && !again.some(Boolean) && later.every(Boolean);
    });

    expect(fc.defaultReportMessage(fc.check(property))).toBeUndefined();
  });

  it('is of a fixed size: what is pushed out is forgotten, the newest is not', () => {
    const duplicates = createDuplicates(64, HOUR);
    let forgotten = 0;
    for (let n = 0; n < 1_000; n++) expect(duplicates.isNew(`job ${n}`, START + n * SECOND)).toBe(true);
    for (let n = 0; n < 900; n++) if (duplicates.isNew(`job ${n}`, START)) forgotten += 1;

    expect(forgotten).toBeGreaterThan(800);
    expect(duplicates.isNew('again', START + HOUR / 2)).toBe(true);
    expect(duplicates.isNew('again', START + HOUR / 2)).toBe(false);
  });

  it('takes no job for another among as many as it holds', () => {
    const duplicates = createDuplicates(OUTCOME_LIMITS.jobsMax, HOUR);
    let wrong = 0;
    for (let n = 0; n < 500_000; n++) if (!duplicates.isNew(`acme/one\njob-${n}`, START)) wrong += 1;

    expect(wrong).toBe(0);
  });
});

it('counts of the last hour leave out what is older', () => {
  const tally = createTally(HOUR);
  tally.count('a', true, START);
  tally.count('a', false, START + 30 * MINUTE);

  expect(tally.sums(START + 30 * MINUTE).get('a')).toEqual({ good: 1, bad: 1 });
  expect(tally.sums(START + 61 * MINUTE).get('a')).toEqual({ good: 0, bad: 1 });
  expect(tally.sums(START + 2 * HOUR).get('a')).toBeUndefined();
});
