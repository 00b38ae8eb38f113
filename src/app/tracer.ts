/** Collects what happens in a run, and makes the trace of it. */

import type { Instant } from '../core/base.ts';
import type { TargetId } from '../core/model.ts';
import type { Failure, Finding, OrderFacts, Phase, Trace, VideoFacts } from '../core/trace.ts';
import type { OpenRun } from '../ports/store.ts';

const STEPS_MAX = 40;

export interface Tracer {
  step: (at: Instant, what: string, detail: string) => void;
  took: (phase: Phase, ms: number) => void;
  accepted: (at: Instant, jobId: string, costUsd: number | null) => void;
  cost: (usd: number, from: 'provider' | 'computed') => void;
  /** Its times say nothing any more about the provider's speed. */
  lost: (at: Instant, ms: number) => void;
  saw: (video: VideoFacts, findings: Finding[]) => void;
  finish: (at: Instant, failure: Failure | null) => Trace;
}

const NO_ORDER: OrderFacts = { seconds: 0, width: 0, height: 0, aspect: '', costUsd: 0, notes: [] };

export function createTracer(run: OpenRun, target: TargetId, order: OrderFacts | null): Tracer {
  const trace: Trace = {
    runId: run.runId,
    target,
    startedAt: run.startedAt,
    endedAt: run.startedAt,
    order: order ?? NO_ORDER,
    jobId: run.jobId,
    steps: [],
    phasesMs: {},
    failure: null,
    video: null,
    findings: [],
    cost: { usd: order?.costUsd ?? 0, from: 'computed' },
    isResumed: run.job !== null,
  };
  const step = (at: Instant, what: string, detail: string) => {
    if (trace.steps.length < STEPS_MAX) trace.steps.push({ at, what, detail });
  };
  if (run.job !== null && run.acceptedAt !== null) {
    trace.phasesMs.submit = run.acceptedAt - run.startedAt;
    step(run.acceptedAt, 'resumed', `job ${run.jobId ?? ''} was ordered before a restart`);
  }
  return {
    step,
    took: (phase, ms) => {
      trace.phasesMs[phase] = (trace.phasesMs[phase] ?? 0) + Math.max(0, ms);
    },
    accepted: (at, jobId, costUsd) => {
      trace.jobId = jobId;
      if (costUsd !== null) trace.cost = { usd: costUsd, from: 'provider' };
      step(at, 'accepted', `job ${jobId}`);
    },
    cost: (usd, from) => {
      trace.cost = { usd, from };
    },
    lost: (at, ms) => {
      trace.isResumed = true;
      step(at, 'time lost', `${Math.round(ms / 1000)} s were not lived through`);
    },
    saw: (video, findings) => {
      trace.video = video;
      trace.findings = findings;
    },
    finish: (at, failure) => {
      if (failure !== null) step(at, 'failed', `${failure.phase}: ${failure.message}`);
      return { ...trace, endedAt: at, failure };
    },
  };
}
