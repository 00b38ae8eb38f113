import { describe, expect, it } from 'vitest';
import { runCanary } from '../../src/app/canary.ts';
import type { CanaryDeps } from '../../src/app/context.ts';
import { causeOf, judge } from '../../src/core/classify.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import type { Failure, Trace } from '../../src/core/trace.ts';
import { HttpError } from '../../src/ports/http.ts';
import type { Download, HttpErrorCode } from '../../src/ports/http.ts';
import type { Inspection } from '../../src/ports/media.ts';
import type { JobStatus, Provider } from '../../src/ports/provider.ts';
import type { OpenRun } from '../../src/ports/store.ts';
import { VIDEO } from '../sim/provider.ts';
import { aNetwork, aProvider, aSettings, createParts, NO_HTTP, START, TARGET } from './world.ts';
import type { Parts } from './world.ts';

const DONE: JobStatus = { is: 'done', asset: { at: 'own', path: '/v.mp4' }, costUsd: null };
const PENDING: JobStatus = { is: 'pending', phase: 'generate', progress: null };
const failing = (code: HttpErrorCode, status?: number, retryAfterMs: number | null = null) =>
  new HttpError(code, `${code} ${status ?? ''}`, {
    retryAfterMs,
    ...(status === undefined ? {} : { status }),
  });

/** Answers a call with the next of a list; the last one stays. Errors are thrown. */
function inTurn<T>(answers: (T | Error)[]): { next: () => Promise<T>; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    next: () => {
      const answer = answers[Math.min(calls, answers.length - 1)] as T | Error;
      calls += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
}

async function setUp(
  given: Partial<Provider> | ((parts: Parts) => Partial<Provider>),
  more: { run?: Partial<OpenRun>; inspect?: Inspection; http?: CanaryDeps['http'] } = {},
) {
  const parts = await createParts();
  const [setting] = aSettings(aProvider(typeof given === 'function' ? given(parts) : given)).targets;
  const saved: string[] = [];
  const removed: string[] = [];
  const kept: string[] = [];
  const phases: string[] = [];
  const deps: CanaryDeps = {
    clock: parts.clock,
    clockWatch: parts.clockWatch,
    http: more.http ?? NO_HTTP,
    media: {
      inspect: () => Promise.resolve(more.inspect ?? { is: 'video', facts: VIDEO, frameJpegBase64: 'aGk=' }),
    },
    scratch: {
      pathFor: (runId) => `/scratch/${runId}`,
      save: (file, parts) => Promise.resolve(void kept.push(`${file} ${Buffer.concat(parts).byteLength}`)),
      remove: (file) => Promise.resolve(void removed.push(file)),
    },
    network: aNetwork(parts),
    download: parts.settings.download,
    saveJob: (runId, _, jobId) => Promise.resolve(void saved.push(`${runId} ${jobId}`)),
    moved: (_, phase) => void phases.push(phase),
  };
  const run: OpenRun = {
    runId: `${TARGET}@${START}`,
    target: TARGET,
    why: 'slot',
    startedAt: START,
    job: null,
    jobId: null,
    acceptedAt: null,
    resumes: 0,
    ...more.run,
  };
  if (setting === undefined) throw new Error('no target');
  const signals = { stop: parts.stop.signal, cut: parts.cut.signal };
  let trace: Trace | 'suspended' | null = null;
  const result = runCanary(deps, setting, run, signals).then((result) => {
    trace = result.is === 'ended' ? result.trace : 'suspended';
    return result;
  });
  const ended = async (ms = HOUR): Promise<Trace> => {
    await parts.goOn(ms);
    if (trace === null || trace === 'suspended') throw new Error(`not ended: ${String(trace)}`);
    return trace;
  };
  return { parts, result, ended, saved, kept, removed, phases, trace: () => trace };
}

describe('a canary', () => {
  it('orders, saves the job, waits at the provider pace, fetches, looks, and cleans up', async () => {
    const poll = inTurn([PENDING, PENDING, DONE]);
    const { ended, saved, removed, phases } = await setUp({ poll: poll.next });

    const trace = await ended();

    expect(trace.failure).toBeNull();
    expect(trace.findings.every(({ ok }) => ok)).toBe(true);
    expect(trace.endedAt - START).toBe(30 * SECOND);
    expect(saved).toEqual([`${TARGET}@${START} job-1`]);
    expect(removed).toEqual([`/scratch/${TARGET}@${START}`]);
    expect(phases).toEqual(['submit', 'queue', 'generate', 'fetch', 'verify']);
    expect(trace.cost).toEqual({ usd: 0.5, from: 'computed' });
    expect(trace.steps.map(({ what }) => what)).toEqual([
      'order',
      'accepted',
      'generating',
      'fetched',
      'inspected',
    ]);
  });

  it('looks at a video that came in the answer itself', async () => {
    const base64 = Buffer.from('a small video').toString('base64');
    const { ended, kept } = await setUp({
      poll: inTurn([{ ...DONE, asset: { at: 'inline' as const, base64 } }]).next,
    });

    const trace = await ended();

    expect(trace.failure).toBeNull();
    expect(kept).toEqual([`/scratch/${TARGET}@${START} 13`]);
    expect(trace.phasesMs.fetch).toBe(0);
    expect(trace.findings.every(({ ok }) => ok)).toBe(true);
  });

  it('takes no video from an answer that is larger than any canary can be', async () => {
    const base64 = Buffer.alloc(2_000_000).toString('base64');
    const { ended, kept } = await setUp({
      poll: inTurn([{ ...DONE, asset: { at: 'inline' as const, base64 } }]).next,
    });

    const trace = await ended();

    expect(trace.failure).toMatchObject({ phase: 'fetch', kind: 'oversize' });
    expect(kept).toEqual([]);
  });

  it('says when a cost was computed from what the provider counted', async () => {
    const counted = { ...DONE, costUsd: 0.07, costFrom: 'computed' as const };
    const { ended } = await setUp({ poll: inTurn([counted]).next });

    expect((await ended()).cost).toEqual({ usd: 0.07, from: 'computed' });
  });

  it('orders nothing that the model cannot do', async () => {
    const submit = inTurn<never>([new Error('must not be called')]);
    const { ended } = await setUp({ plan: () => ({ impossible: 'only 9:16' }), submit: submit.next });

    const trace = await ended();

    expect(submit.calls()).toBe(0);
    expect(trace.failure).toMatchObject({ hint: 'bad_request', message: 'only 9:16' });
    expect(trace.cost.usd).toBe(0);
  });

  it.each<[error: HttpError, cause: string, usd: number]>([
    // A whole answer says that nothing was ordered; without one the money counts as spent.
    [failing('status', 500), 'unavailable', 0],
    [failing('status', 502), 'unavailable', 0.5],
    [failing('status', 524), 'unavailable', 0.5],
    [failing('status', 401), 'auth', 0],
    [failing('status', 429), 'rate_limited', 0],
    [failing('reset'), 'unavailable', 0.5],
    [failing('timeout'), 'timeout', 0.5],
    [failing('bad_json', 200), 'garbled', 0.5],
    [failing('aborted'), 'interrupted', 0.5],
  ])('that is answered with "%s" ends as %s and costs $%d', async (error, cause, usd) => {
    const { ended, saved } = await setUp({ submit: () => Promise.reject(error) });

    const trace = await ended();

    expect(trace.failure === null ? null : causeOf(trace.failure)).toBe(cause);
    expect(trace.cost.usd).toBe(usd);
    expect(saved).toEqual([]);
  });

  it('forgives two bad answers to a poll in a row, again and again', async () => {
    const down = failing('status', 502);
    const poll = inTurn<JobStatus>([down, down, PENDING, down, down, DONE]);
    const { ended } = await setUp({ poll: poll.next });

    const trace = await ended();

    expect(trace.failure).toBeNull();
    expect(poll.calls()).toBe(6);
    expect(trace.steps.filter(({ what }) => what === 'poll failed')).toHaveLength(4);
  });

  it('ends with the third bad answer in a row', async () => {
    const poll = inTurn<JobStatus>([failing('status', 502)]);
    const { ended } = await setUp({ poll: poll.next });

    const trace = await ended();

    expect(poll.calls()).toBe(3);
    expect(trace.failure).toMatchObject({ phase: 'queue', kind: 'status', httpStatus: 502 });
  });

  it('ends with the first answer that says that the job, or our key, is no good', async () => {
    for (const status of [401, 404]) {
      const poll = inTurn<JobStatus>([failing('status', status)]);
      const { ended } = await setUp({ poll: poll.next });

      await ended();

      expect(poll.calls()).toBe(1);
    }
  });

  it('waits as it is told where it polls too often, and that is no error', async () => {
    const poll = inTurn<JobStatus>([...Array<Error>(5).fill(failing('status', 429, 45 * SECOND)), DONE]);
    const { ended } = await setUp({ poll: poll.next });

    const trace = await ended();

    expect(trace.failure).toBeNull();
    expect(trace.endedAt - START).toBe(10 * SECOND + 5 * 45 * SECOND);
  });

  it('ends at the deadline, however often it is told to wait', async () => {
    const patient = [
      failing('status', 429, MINUTE),
      failing('status', 429, 6 * 60 * MINUTE),
      failing('status', 503, 6 * 60 * MINUTE),
    ];
    for (const answer of [PENDING, ...patient]) {
      const { ended } = await setUp({ poll: inTurn<JobStatus>([answer]).next });

      const trace = await ended();

      expect(trace.failure).toMatchObject({ kind: 'deadline' });
      expect(trace.endedAt - START).toBeGreaterThan(10 * MINUTE);
      expect(trace.endedAt - START).toBeLessThan(12 * MINUTE);
    }
  });

  it.each([
    ['a moment that is over', 0, 20 * SECOND],
    ['an absurd time', 30 * 24 * 60 * MINUTE, 10 * MINUTE],
  ])(
    'polls again at its own pace, within ten minutes, where it is asked to wait for %s',
    async (_what, askedMs, waitMs) => {
      const poll = inTurn<JobStatus>([failing('status', 429, askedMs), DONE]);
      const { ended } = await setUp({ poll: poll.next, deadlineMs: 60 * MINUTE });

      const trace = await ended();

      expect(trace.failure).toBeNull();
      expect(trace.endedAt - START).toBeGreaterThanOrEqual(waitMs);
      expect(trace.endedAt - START).toBeLessThan(waitMs + MINUTE);
    },
  );

  it.each([
    ['cancelled', null],
    ['not cancelled', failing('status', 503)],
  ])('calls an overdue job off, once: %s', async (step, error) => {
    const cancel = inTurn<void>([error ?? undefined]);
    const { ended } = await setUp({ poll: inTurn<JobStatus>([PENDING]).next, cancel: cancel.next });

    const trace = await ended();

    expect(trace.failure).toMatchObject({ kind: 'deadline' });
    expect(cancel.calls()).toBe(1);
    expect(trace.steps.map(({ what }) => what)).toContain(step);
  });

  it('calls off no job that has ended', async () => {
    const cancel = inTurn<void>([undefined]);
    const { ended } = await setUp({ poll: inTurn<JobStatus>([DONE]).next, cancel: cancel.next });

    expect((await ended()).failure).toBeNull();
    expect(cancel.calls()).toBe(0);
  });

  it('never guesses at a strange word', async () => {
    const { ended } = await setUp({ poll: inTurn<JobStatus>([{ is: 'strange', word: 'PONDERING' }]).next });

    const trace = await ended();

    expect(trace.failure).toMatchObject({
      kind: 'strange',
      message: 'the status "PONDERING" is not documented',
    });
  });

  it('reads the code of a failed job by the provider table, and what it cost', async () => {
    const failed: JobStatus = { is: 'failed', code: 'nsfw', message: 'no', costUsd: 0 };
    const { ended } = await setUp({ poll: inTurn([failed]).next });

    const trace = await ended();

    expect(trace.failure).toMatchObject({ kind: 'job', code: 'nsfw', hint: 'moderated' });
    expect(trace.cost).toEqual({ usd: 0, from: 'provider' });
  });

  it.each<[error: HttpError, tries: number, kind: string]>([
    [failing('status', 503), 2, 'status'],
    [failing('reset'), 2, 'transport'],
    [failing('timeout'), 2, 'silence'],
    [failing('status', 403), 1, 'status'],
    [failing('body_too_large'), 1, 'oversize'],
    [failing('address_refused'), 1, 'address_refused'],
  ])('fetches a paid video that ends in "%s" %d time(s)', async (error, tries, kind) => {
    const download = inTurn<never>([error]);
    const { ended, removed } = await setUp({ download: download.next });

    const trace = await ended();

    expect(download.calls()).toBe(tries);
    expect(trace.failure).toMatchObject({ phase: 'fetch', kind });
    expect(removed).toHaveLength(1);
  });

  it('is fine where the second fetch brings the video', async () => {
    const file = { file: 'f', bytes: 10, contentType: 'video/mp4', tookMs: 100, finishedAt: 0 };
    const download = inTurn<Download>([failing('status', 503), file]);
    const { ended } = await setUp({ download: download.next });

    expect((await ended()).failure).toBeNull();
  });

  it('fetches from a foreign address without the provider', async () => {
    const urls: string[] = [];
    const http: CanaryDeps['http'] = {
      ...NO_HTTP,
      download: (url, { file }) => {
        urls.push(url);
        return Promise.resolve({ file, bytes: 10, contentType: 'video/mp4', tookMs: 1, finishedAt: 0 });
      },
    };
    const asset = { at: 'foreign', url: 'https://assets.invalid/v.mp4' } as const;
    const { ended } = await setUp({ poll: inTurn<JobStatus>([{ ...DONE, asset }]).next }, { http });

    expect((await ended()).failure).toBeNull();
    expect(urls).toEqual(['https://assets.invalid/v.mp4']);
  });

  it.each<[inspect: Inspection, kind: string]>([
    [{ is: 'gave_up', why: 'the child died' }, 'not_inspected'],
    [{ is: 'unreadable', why: 'no moov atom' }, 'unreadable'],
  ])('of which the decoder says %j ends as %s', async (inspect, kind) => {
    const { ended } = await setUp({}, { inspect });

    expect((await ended()).failure).toMatchObject({ phase: 'verify', kind });
  });

  it('lists what is wrong with a video that is not as ordered', async () => {
    const facts = { ...VIDEO, durationMs: 900, blackRatio: 1 };
    const { ended } = await setUp({}, { inspect: { is: 'video', facts, frameJpegBase64: null } });

    const trace = await ended();

    expect(trace.failure).toBeNull();
    expect(trace.findings.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual(['duration', 'black']);
  });
});

describe('a resumed canary', () => {
  const resumed = (acceptedAt: number) => ({
    run: { job: { id: 1 }, jobId: 'job-0', acceptedAt, startedAt: acceptedAt - 400 },
  });

  it('orders nothing, and asks for its job at once', async () => {
    const submit = inTurn<never>([new Error('must not be called')]);
    const { ended } = await setUp({ submit: submit.next }, resumed(START - MINUTE));

    const trace = await ended(SECOND);

    expect(submit.calls()).toBe(0);
    expect(trace.isResumed).toBe(true);
    expect(trace.jobId).toBe('job-0');
    expect(trace.phasesMs.submit).toBe(400);
  });

  it('does not ask for a job whose time ended while nobody looked, and blames nobody', async () => {
    const poll = inTurn<JobStatus>([DONE]);
    const cancel = inTurn<void>([undefined]);
    const given = { poll: poll.next, cancel: cancel.next, deadlineMs: 10 * MINUTE };
    const { ended } = await setUp(given, resumed(START - 10 * MINUTE - 1));

    const trace = await ended(0);

    expect([poll.calls(), cancel.calls()]).toEqual([0, 1]);
    expect(trace.failure).toMatchObject({ kind: 'lost' });
    expect(causeOf(trace.failure as Failure)).toBe('interrupted');
  });

  it('does not blame the provider for a job that was cleared away long after its end', async () => {
    const gone = { deadlineMs: 2 * HOUR, poll: inTurn<JobStatus>([failing('status', 404)]).next };
    const [soon, late] = [
      await setUp(gone, resumed(START - 59 * MINUTE)),
      await setUp(gone, resumed(START - 61 * MINUTE)),
    ];

    expect((await soon.ended()).failure).toMatchObject({ kind: 'status', httpStatus: 404 });
    expect((await late.ended()).failure).toMatchObject({ kind: 'lost' });
  });
});

describe('a canary, when the daemon stops', () => {
  it('leaves a saved job for the next start', async () => {
    const poll = inTurn<JobStatus>([PENDING]);
    const { parts, result } = await setUp({ poll: poll.next });
    await parts.goOn(25 * SECOND);

    parts.stop.abort();

    expect(await result).toEqual({ is: 'suspended' });
    expect(poll.calls()).toBe(2);
  });

  it('gives an order that is being placed the time to be saved', async () => {
    const { parts, result, saved } = await setUp(({ clock }) => ({
      submit: async (_, key) => {
        await clock.sleep(2 * SECOND, new AbortController().signal);
        return { job: { key }, jobId: 'job-1', costUsd: null };
      },
    }));
    await parts.goOn(SECOND);

    parts.stop.abort();
    await parts.goOn(5 * SECOND);

    expect(await result).toEqual({ is: 'suspended' });
    expect(saved).toHaveLength(1);
  });

  it('removes what it had fetched', async () => {
    const { parts, result, removed } = await setUp({
      download: async (_, { file }, signal) => {
        await parts.clock.sleep(HOUR, signal);
        return { file, bytes: 1, contentType: '', tookMs: 1, finishedAt: 0 };
      },
    });
    await parts.goOn(MINUTE);

    parts.stop.abort();

    expect(await result).toEqual({ is: 'suspended' });
    expect(removed).toHaveLength(1);
  });
});

describe('a canary during which time was lost', () => {
  const AWAY_MS = 2 * 24 * HOUR;

  it.each<[string, 'submit' | 'poll' | 'download', HttpError]>([
    ['its order is not answered', 'submit', failing('timeout')],
    ['its job is no longer known', 'poll', failing('status', 404)],
    ['its video can no longer be had', 'download', failing('status', 403)],
  ])('says nothing where %s', async (_, call, error) => {
    const answer = Promise.withResolvers<never>();
    const { parts, ended } = await setUp({ [call]: () => answer.promise });
    await parts.goOn(MINUTE);
    parts.machine.step(AWAY_MS);
    answer.reject(error);

    const trace = await ended();

    expect(trace.failure?.kind).toBe('lost');
    expect(judge(trace, parts.board.state(TARGET), DEFAULT_POLICY)).toMatchObject({
      is: 'inconclusive',
      cause: 'interrupted',
    });
  });

  it('has its whole deadline left, and says nothing of speed', async () => {
    const poll = inTurn([PENDING, PENDING, PENDING, DONE]);
    const { parts, ended } = await setUp({ poll: poll.next });
    await parts.goOn(15 * SECOND);
    parts.machine.step(AWAY_MS);

    const trace = await ended();

    expect(trace.failure).toBeNull();
    expect(judge(trace, parts.board.state(TARGET), DEFAULT_POLICY)).toEqual({
      is: 'pass',
      text: 'good video',
    });
  });

  it.each<[string, (JobStatus | Error)[], string]>([
    ['no end of its job within the whole deadline', [PENDING], 'deadline'],
    ['polls that fail later', [PENDING, PENDING, failing('status', 500)], 'status'],
    ['polls that are not answered later', [PENDING, PENDING, failing('timeout')], 'silence'],
  ])('keeps %s', async (_, answers, kind) => {
    const { parts, ended } = await setUp({ poll: inTurn<JobStatus>(answers).next });
    await parts.goOn(15 * SECOND);
    parts.machine.step(AWAY_MS);

    const trace = await ended(2 * HOUR);

    expect(trace.failure).toMatchObject({ kind });
    expect(judge(trace, parts.board.state(TARGET), DEFAULT_POLICY)).toMatchObject({
      is: 'fail',
      blame: 'provider',
    });
  });

  it("keeps the provider's own word", async () => {
    const failed = { is: 'failed', code: 'internal', message: 'the model crashed', costUsd: null } as const;
    const poll = inTurn<JobStatus>([PENDING, failed]);
    const { parts, ended } = await setUp({ poll: poll.next });
    await parts.goOn(15 * SECOND);
    parts.machine.step(AWAY_MS);

    expect((await ended()).failure).toMatchObject({ kind: 'job', message: 'the model crashed' });
  });
});
