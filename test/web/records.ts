/** Runs, traces and incidents as they come out of a store. */

import { totalMsOf } from '../../src/core/classify.ts';
import { MINUTE, SECOND } from '../../src/core/base.ts';
import type { Incident, Verdict } from '../../src/core/model.ts';
import type { Trace } from '../../src/core/trace.ts';
import type { RunRecord } from '../../src/ports/runs.ts';

export function verdictOf(is: Verdict['is']): Verdict {
  switch (is) {
    case 'pass':
      return { is, text: 'good video after 42 s' };
    case 'slow':
      return { is, ratio: 3, text: 'took 130 s, usually 42 s' };
    case 'fail':
      return { is, cause: 'timeout', blame: 'provider', text: 'no video after 600 s' };
    case 'inconclusive':
      return { is, cause: 'moderated', text: 'the prompt was refused' };
  }
}

export function recordOf(
  target: string,
  is: Verdict['is'],
  endedAt: number,
  more: Partial<RunRecord>,
): RunRecord {
  const startedAt = more.startedAt ?? endedAt - 42 * SECOND;
  const runId = more.runId ?? `${target}@${startedAt}`;
  const isUsable = is === 'pass' || is === 'slow';
  const trace = more.trace === undefined ? traceOf(runId, target, startedAt, endedAt, isUsable) : more.trace;
  return {
    runId,
    target,
    why: 'slot',
    startedAt,
    endedAt,
    verdict: verdictOf(is),
    trace,
    readyMs: trace === null ? null : totalMsOf(trace),
    videoMs: trace?.video?.durationMs ?? null,
    costUsd: 0.1,
    jobId: 'job-1',
    hasFrame: isUsable,
    ...more,
  };
}

export function traceOf(
  runId: string,
  target: string,
  startedAt: number,
  endedAt: number,
  isUsable = true,
): Trace {
  const tookMs = endedAt - startedAt;
  return {
    runId,
    target,
    startedAt,
    endedAt,
    order: { seconds: 2, width: 1280, height: 720, aspect: '16:9', costUsd: 0.1, notes: ['seed left out'] },
    jobId: 'job-1',
    steps: [
      { at: startedAt, what: 'submit', detail: 'POST /v1/videos' },
      { at: startedAt + 800, what: 'accepted', detail: 'job-1' },
      { at: endedAt, what: 'judged', detail: '' },
    ],
    phasesMs: {
      submit: 800,
      queue: Math.round(tookMs * 0.2),
      generate: Math.round(tookMs * 0.7),
      ...(isUsable ? { fetch: 900, verify: 400 } : {}),
    },
    failure: isUsable
      ? null
      : {
          phase: 'generate',
          kind: 'deadline',
          httpStatus: 504,
          code: 'TIMEOUT',
          message: 'upstream <script>alert(1)</script> timed out',
          hint: null,
          network: 'works',
        },
    video: isUsable
      ? {
          bytes: 812_000,
          codec: 'h264',
          width: 1280,
          height: 720,
          durationMs: 2_000,
          framesDecoded: 48,
          isTruncated: false,
          blackRatio: 0,
          frozenRatio: 0.1,
          hasAudio: false,
          colours: { white: 0.6, red: 0.02 },
        }
      : null,
    findings: isUsable ? [{ check: 'duration', ok: true, text: 'lasted 2.0 s, ordered 2 s' }] : [],
    cost: { usd: 0.1, from: 'computed' },
    isResumed: false,
  };
}

export function incidentOf(target: string, at: number): Incident {
  return {
    id: `${target}!1`,
    firstFailureAt: at - 3 * MINUTE,
    detectedAt: at,
    worst: 'down',
    cause: 'timeout',
    evidence: [{ at, runId: `${target}@${at}`, cause: 'timeout', text: 'no video after 600 s' }],
    why: ['generation down 98.0 %', '3 of 3 canaries bad since 11:57 UTC (no video after 600 s)'],
  };
}
