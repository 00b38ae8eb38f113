// What the benchmark's world shows, in the words of the detection core.

import type { Observation, Outcome, RunningJob as Running } from '../../src/core/observation.ts';
import type { CanarySeen, Evidence, ReportSeen, RunningJob } from './policy.ts';
import type { Seconds } from './types.ts';

/** 2026-01-05T00:00Z, a Monday, as every world begins on one. */
export const BEGIN_MS = 1_767_571_200_000;

export function instantOf(seconds: Seconds): number {
  return BEGIN_MS + seconds * 1000;
}

export function runningJob({ submittedAt, isAcked }: RunningJob): Running {
  return { submittedAt: instantOf(submittedAt), isAccepted: isAcked };
}

/** Null where the core has no use for it. */
export function observationOf(evidence: Evidence, at: number): Observation | null {
  switch (evidence.kind) {
    case 'cheap':
      return { kind: 'free_check', at, is: evidence.out === 'net' ? 'fail' : evidence.out };
    case 'status': {
      const is = ({ post: 'posted', maint: 'maintenance', clear: 'cleared' } as const)[evidence.out];
      return { kind: 'status', at, is };
    }
    case 'canary': {
      const submittedAt = instantOf(evidence.submittedAt);
      return { kind: 'canary', at, submittedAt, isBilled: evidence.isBilled, outcome: outcomeOf(evidence) };
    }
    case 'report': {
      const submittedAt = instantOf(evidence.submittedAt);
      return {
        kind: 'report',
        at,
        submittedAt,
        reporter: String(evidence.reporter),
        outcome: outcomeOf(evidence),
      };
    }
    case 'ack':
    case 'queue':
      return null;
  }
}

function outcomeOf(evidence: CanarySeen | ReportSeen): Outcome {
  if (evidence.kind === 'canary' && evidence.isBad) return { is: 'bad_output' };
  switch (evidence.out) {
    case 'ok':
      return { is: 'ok', durationMs: (evidence.durationSec ?? 0) * 1000 };
    case 'fail':
    case 'hang':
    case 'net':
      return { is: 'fail', ended: evidence.phase === 'submit' ? 'submit' : 'later' };
    case 'refused':
    case 'gone':
    case 'auth':
    case 'quota':
      return { is: evidence.out };
  }
}
