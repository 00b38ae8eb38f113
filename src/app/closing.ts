/** The end of a canary: its trace is judged and recorded, its money settled, and its siblings hear what it shows. */

import { judge, totalMsOf } from '../core/classify.ts';
import type { TargetEvent, TargetState, Verdict } from '../core/model.ts';
import { forSiblings } from '../core/seeing.ts';
import type { Trace } from '../core/trace.ts';
import type { Settings, TargetSetting } from '../ports/settings.ts';
import type { OpenRun } from '../ports/store.ts';
import type { Board } from './board.ts';
import { failureFrom } from './failures.ts';
import type { Purse } from './purse.ts';
import type { Recorder } from './recorder.ts';
import { createTracer } from './tracer.ts';

export interface ClosingDeps {
  settings: Settings;
  board: Board;
  recorder: Recorder;
  purse: Purse;
}

type Judged = Extract<TargetEvent, { type: 'run.judged' }>;

export async function closeRun(
  { settings, board, recorder, purse }: ClosingDeps,
  { target }: TargetSetting,
  trace: Trace,
  frameJpegBase64: string | null,
): Promise<void> {
  const { runId } = trace;
  const event = (state: TargetState): Judged => eventOf(trace, judge(trace, state, settings.policy));
  const before = board.state(target.id);
  const told = forSiblings(event(before), before.belief);
  await recorder.record(target.id, (state) => {
    const found = event(state);
    return { event: found, closesRun: { runId, trace, verdict: found.verdict, frameJpegBase64 } };
  });
  // The job of an interrupted run may be running, and be charged for: what was set aside for it stays spent.
  if (trace.failure?.kind !== 'lost') purse.closed(runId, trace.cost.usd);
  if (told === null) return;
  for (const { target: other } of settings.targets) {
    if (other.provider !== target.provider || other.id === target.id) continue;
    await recorder.record(other.id, () => ({ event: told }));
  }
}

function eventOf(trace: Trace, verdict: Verdict): Judged {
  return {
    type: 'run.judged',
    at: trace.endedAt,
    runId: trace.runId,
    verdict,
    totalMs: totalMsOf(trace),
    submittedAt: trace.startedAt,
    endedIn: trace.failure?.phase === 'submit' ? 'submit' : 'later',
    isBilled: trace.cost.from === 'provider' && trace.cost.usd > 0,
    ...(trace.video !== null && { videoMs: trace.video.durationMs, costUsd: trace.cost.usd }),
  };
}

/** A run that was ordered or not, or whose job was interrupted too often: it says nothing, and its money stays counted. */
export function lostTrace(setting: TargetSetting, run: OpenRun, at: number): Trace {
  const order = setting.provider.plan(setting.canary, setting.target.model);
  const tracer = createTracer(run, run.target, 'impossible' in order ? null : order.facts);
  const text =
    run.job === null
      ? 'interrupted on our side before we knew whether the provider had accepted the order'
      : `interrupted on our side: reelwatch ended ${run.resumes} times while it waited for the job`;
  return tracer.finish(at, failureFrom('submit', 'lost', text));
}
