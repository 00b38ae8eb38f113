/** One canary, from the order to the judged video: a straight line with one checkpoint. */

import type { Opaque } from '../core/model.ts';
import type { Failure, Trace } from '../core/trace.ts';
import type { TargetSetting } from '../ports/settings.ts';
import type { OpenRun } from '../ports/store.ts';
import type { TimeMark } from './clock-watch.ts';
import { describe } from './context.ts';
import type { CanaryDeps, RunContext } from './context.ts';
import { failureFrom, isFailure } from './failures.ts';
import { awaitJob } from './job.ts';
import { createTracer } from './tracer.ts';
import type { Tracer } from './tracer.ts';
import { lookAt } from './video.ts';

/** `suspended`: we were told to stop; the job is saved and a later start goes on with it. */
export type CanaryResult =
  | { is: 'ended'; trace: Trace; frameJpegBase64: string | null }
  | { is: 'suspended' };

/**
 * Runs one canary to its end.
 * @param run as claimed; with a job it is resumed, and nothing is ordered
 * @param signals.stop no new steps; a saved job is left for the next start
 * @param signals.cut ends even an order that is being placed
 */
export async function runCanary(
  deps: CanaryDeps,
  setting: TargetSetting,
  run: OpenRun,
  signals: { stop: AbortSignal; cut: AbortSignal },
): Promise<CanaryResult> {
  const mark = deps.clockWatch.mark();
  const order = setting.provider.plan(setting.canary, setting.target.model);
  const trace = createTracer(run, setting.target.id, 'impossible' in order ? null : order.facts);
  if ('impossible' in order) {
    return ended(
      trace,
      deps,
      mark,
      failureFrom('submit', 'status', order.impossible, { hint: 'bad_request' }),
      null,
    );
  }
  const ctx: RunContext = { deps, setting, order, run, trace, stop: signals.stop };
  const job = run.job ?? (await placeOrder(ctx, signals.cut));
  if (isFailure(job)) return ended(trace, deps, mark, job, null);
  const asset = await awaitJob(ctx, job);
  if (asset === 'stopped') return { is: 'suspended' };
  if (isFailure(asset)) return ended(trace, deps, mark, asset, null);
  const looked = await lookAt(ctx, asset);
  if (looked === 'stopped') return { is: 'suspended' };
  return ended(trace, deps, mark, looked.failure, looked.frameJpegBase64);
}

async function placeOrder(
  { deps, setting, order, run, trace }: RunContext,
  cut: AbortSignal,
): Promise<Opaque | Failure> {
  deps.moved(run.runId, 'submit');
  trace.step(
    deps.clock.now(),
    'order',
    [`${order.facts.seconds} s, ${order.facts.width}x${order.facts.height}`, ...order.facts.notes].join('; '),
  );
  const startedAt = deps.clock.now();
  try {
    const accepted = await setting.provider.submit(order, run.runId, cut);
    const at = deps.clock.now();
    await deps.saveJob(run.runId, accepted.job, accepted.jobId, at);
    deps.network.reached(setting.target.provider);
    trace.took('submit', at - startedAt);
    trace.accepted(at, accepted.jobId, accepted.costUsd);
    return accepted.job;
  } catch (error) {
    trace.took('submit', deps.clock.now() - startedAt);
    const failure = await describe(deps, setting, error, 'submit', cut);
    if (isRefusal(failure)) trace.cost(0, 'computed');
    return failure;
  }
}

/**
 * Whether the provider itself said no, so that nothing can have been ordered. Without a whole answer, or with one from a
 * gateway in front of it (502, 504; Cloudflare's 520 to 527), the order may have been taken: the money counts as spent.
 */
function isRefusal({ kind, httpStatus, hint }: Failure): boolean {
  const status = httpStatus ?? 0;
  const isGateway = status === 502 || status === 504 || (status >= 520 && status <= 527);
  return kind === 'status' && (!isGateway || hint !== null);
}

function ended(
  trace: Tracer,
  { clock, clockWatch }: CanaryDeps,
  mark: TimeMark,
  failure: Failure | null,
  frameJpegBase64: string | null,
): CanaryResult {
  const { lostMs, isBroken } = clockWatch.since(mark);
  if (lostMs !== 0) trace.lost(clock.now(), lostMs);
  const told = isBroken && failure !== null && isOfLostTime(failure) ? lostBy(failure) : failure;
  return { is: 'ended', trace: trace.finish(clock.now(), told), frameJpegBase64 };
}

/**
 * Whether time that was lost can be why: no answer to an order that was on its way, or a job or an address that expired
 * meanwhile. A deadline leaves lost time out, and polls and downloads that it broke were tried again.
 */
function isOfLostTime({ kind, phase, httpStatus }: Failure): boolean {
  if (phase === 'submit') return kind !== 'status' && kind !== 'job';
  return kind === 'status' && httpStatus !== null && httpStatus < 500;
}

function lostBy({ phase, message }: Failure): Failure {
  return failureFrom(phase, 'lost', `reelwatch stood still, or its clock was set, meanwhile: ${message}`);
}
