/** Runs as facts, made by hand. */

import type { Failure, Finding, Trace } from '../../src/core/trace.ts';
import { ID, NOON } from './life.ts';

export function failed(change: Partial<Failure>): Failure {
  return {
    phase: 'submit',
    kind: 'status',
    httpStatus: null,
    code: null,
    message: 'heard',
    hint: null,
    network: 'works',
    ...change,
  };
}

export function found(check: Finding['check'], ok: boolean): Finding {
  return { check, ok, text: `${check} is ${ok ? 'well' : 'wrong'}` };
}

/** A whole run: 1 s to submit, 4 s in the queue, 20 s to generate, 5 s to fetch, 2 s to look at. */
export function traced(change: Partial<Trace> = {}): Trace {
  return {
    runId: `${ID}@${NOON}`,
    target: ID,
    startedAt: NOON,
    endedAt: NOON + 32_000,
    order: { seconds: 5, width: 640, height: 360, aspect: '16:9', costUsd: 0.1, notes: [] },
    jobId: 'job-1',
    steps: [],
    phasesMs: { submit: 1_000, queue: 4_000, generate: 20_000, fetch: 5_000, verify: 2_000 },
    failure: null,
    video: null,
    findings: [found('playable', true), found('duration', true)],
    cost: { usd: 0.1, from: 'computed' },
    isResumed: false,
    ...change,
  };
}
