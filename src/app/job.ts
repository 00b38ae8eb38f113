/** Waiting for an accepted job, at the provider's pace and not for ever. */

import { ASKED_MS_MAX } from '../core/backoff.ts';
import type { Instant } from '../core/base.ts';
import { HOUR } from '../core/base.ts';
import type { Opaque } from '../core/model.ts';
import type { Failure } from '../core/trace.ts';
import { HttpError } from '../ports/http.ts';
import type { Asset, JobStatus } from '../ports/provider.ts';
import { describe } from './context.ts';
import type { RunContext } from './context.ts';
import { failureFrom } from './failures.ts';

/** Asking again is free: one bad answer to a poll is no news yet, three in a row are. */
const POLL_ERRORS_MAX = 3;
const POLLS_MAX = 5_000;
/** A job that is asked for this long after its acceptance may have been cleared away by the provider. */
const FORGOTTEN_AFTER_MS = HOUR;

interface Watch {
  phase: 'queue' | 'generate';
  phaseAt: Instant;
  acceptedAt: Instant;
  errors: number;
}

type Next = { is: 'wait'; ms: number } | { is: 'over'; outcome: Asset | Failure };

/**
 * Polls until the job ends.
 * @returns where the video is, why there is none, or `stopped` when the daemon is to stop (the job stays saved)
 */
export async function awaitJob(ctx: RunContext, job: Opaque): Promise<Asset | Failure | 'stopped'> {
  const { deps, setting, run, stop } = ctx;
  const { clock } = deps;
  const { pollEveryMs, deadlineMs } = setting.provider;
  const acceptedAt = run.acceptedAt ?? clock.now();
  const watch: Watch = { phase: 'queue', phaseAt: acceptedAt, acceptedAt, errors: 0 };
  const mark = deps.clockWatch.mark();
  deps.moved(run.runId, 'queue');
  if (run.job !== null && clock.now() - acceptedAt > deadlineMs) {
    await callOff(ctx, job);
    return failureFrom('queue', 'lost', 'the time for the job ended while reelwatch was not running');
  }
  let waitMs = run.job === null ? pollEveryMs : 0;
  for (let polls = 0; polls < POLLS_MAX; polls++) {
    await clock.sleep(waitMs, stop);
    if (stop.aborted) return 'stopped';
    const next = await look(ctx, watch, job);
    if (stop.aborted) return 'stopped';
    const now = clock.now();
    const ageMs = now - acceptedAt - deps.clockWatch.since(mark).lostMs;
    if (next.is === 'over') {
      ctx.trace.took(watch.phase, now - watch.phaseAt);
      return next.outcome;
    }
    if (ageMs > deadlineMs) {
      ctx.trace.took(watch.phase, now - watch.phaseAt);
      await callOff(ctx, job);
      const text = `no result ${Math.round(ageMs / 1000)} s after the order`;
      return failureFrom(watch.phase, 'deadline', text);
    }
    // However long the provider asks us to wait, its own deadline is looked at in time.
    waitMs = Math.min(next.ms, Math.max(pollEveryMs, deadlineMs - ageMs + 1));
  }
  await callOff(ctx, job);
  return failureFrom(watch.phase, 'deadline', `no result after ${POLLS_MAX} polls`);
}

/** Nobody waits for this video any more: whoever can still stop it may not have to charge for it. */
async function callOff({ setting, stop, trace, deps }: RunContext, job: Opaque): Promise<void> {
  const { cancel } = setting.provider;
  if (cancel === null) return;
  try {
    await cancel(job, stop);
    trace.step(deps.clock.now(), 'cancelled', '');
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    trace.step(deps.clock.now(), 'not cancelled', error.message);
  }
}

async function look(ctx: RunContext, watch: Watch, job: Opaque): Promise<Next> {
  const { deps, setting, stop } = ctx;
  const mark = deps.clockWatch.mark();
  try {
    const status = await setting.provider.poll(job, stop);
    deps.network.reached(setting.target.provider);
    watch.errors = 0;
    return onStatus(ctx, watch, status);
  } catch (error) {
    if (error instanceof HttpError && deps.clockWatch.since(mark).isBroken) {
      watch.errors = 0;
      return { is: 'wait', ms: setting.provider.pollEveryMs };
    }
    const failure = await describe(deps, setting, error, watch.phase, stop);
    const askedMs = error instanceof HttpError ? Math.min(error.retryAfterMs ?? 0, ASKED_MS_MAX) : 0;
    return onError(ctx, watch, failure, askedMs);
  }
}

function onStatus(ctx: RunContext, watch: Watch, status: JobStatus): Next {
  const { deps, run, setting, trace } = ctx;
  if (status.is === 'pending') {
    if (status.phase === 'generate' && watch.phase === 'queue') {
      const now = deps.clock.now();
      trace.took('queue', now - watch.phaseAt);
      trace.step(now, 'generating', status.progress === null ? '' : `${Math.round(status.progress * 100)} %`);
      watch.phase = 'generate';
      watch.phaseAt = now;
      deps.moved(run.runId, 'generate');
    }
    return { is: 'wait', ms: setting.provider.pollEveryMs };
  }
  if (status.is === 'strange') {
    return {
      is: 'over',
      outcome: failureFrom(watch.phase, 'strange', `the status "${status.word}" is not documented`),
    };
  }
  const costFrom = status.is === 'done' ? status.costFrom : undefined;
  if (status.costUsd !== null) trace.cost(status.costUsd, costFrom ?? 'provider');
  if (status.is === 'done') return { is: 'over', outcome: status.asset };
  const hint = status.code === null ? null : setting.provider.causeOfJobCode(status.code);
  return {
    is: 'over',
    outcome: failureFrom(watch.phase, 'job', status.message, { code: status.code, hint }),
  };
}

function onError(ctx: RunContext, watch: Watch, failure: Failure, askedMs: number): Next {
  const status = failure.kind === 'status' ? (failure.httpStatus ?? 500) : 500;
  // A limit on polling says nothing about the job: wait as told, and let the deadline decide.
  if (status === 429 && failure.hint !== 'no_credit')
    return { is: 'wait', ms: Math.max(askedMs, ctx.setting.provider.pollEveryMs * 2) };
  const ageMs = ctx.deps.clock.now() - watch.acceptedAt;
  if (status === 404 && ctx.run.job !== null && ageMs > FORGOTTEN_AFTER_MS) {
    return {
      is: 'over',
      outcome: failureFrom(watch.phase, 'lost', `the job was gone after our restart: ${failure.message}`),
    };
  }
  watch.errors += 1;
  const isPassing = status >= 500 && watch.errors < POLL_ERRORS_MAX;
  if (!isPassing) return { is: 'over', outcome: failure };
  ctx.trace.step(ctx.deps.clock.now(), 'poll failed', failure.message);
  return { is: 'wait', ms: Math.max(askedMs, ctx.setting.provider.pollEveryMs) };
}
