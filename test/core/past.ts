/** A target's past as a daemon writes it down, for replays of it. */

import type { Instant } from '../../src/core/base.ts';
import { HOUR, MINUTE, SECOND } from '../../src/core/base.ts';
import { verdictOn } from '../../src/core/classify.ts';
import { freshState } from '../../src/core/fresh.ts';
import type { Cause, Health, TargetEvent, TargetState, Verdict } from '../../src/core/model.ts';
import type { RunningJob } from '../../src/core/observation.ts';
import type { HealthPolicy } from '../../src/core/policy.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { reduce } from '../../src/core/reduce.ts';
import type { Past } from '../../src/core/replay.ts';

export const NOON = Date.UTC(2026, 10, 21, 12);
export const ID = 'acme/one';
export const TICK_MS = 10 * SECOND;

export type Said = 'pass' | Cause;

/** A canary: when it was ordered, how long it took, and how it ended. */
export interface Job {
  submittedAt: Instant;
  tookMs: number;
  said: Said;
}

function verdictFrom(said: Said): Verdict {
  return said === 'pass' ? { is: 'pass', text: 'good video' } : verdictOn(said, `heard ${said}`, 1);
}

export function ended({ submittedAt, tookMs, said }: Job): Extract<TargetEvent, { type: 'run.judged' }> {
  return {
    type: 'run.judged',
    at: submittedAt + tookMs,
    runId: `${ID}@${submittedAt}`,
    verdict: verdictFrom(said),
    totalMs: said === 'pass' ? tookMs : null,
    submittedAt,
    endedIn: tookMs < 5 * SECOND ? 'submit' : 'later',
  };
}

export function withJudgement(change: Partial<HealthPolicy['detection']['judgement']>): HealthPolicy {
  const { detection } = DEFAULT_POLICY;
  return {
    ...DEFAULT_POLICY,
    detection: { ...detection, judgement: { ...detection.judgement, ...change } },
  };
}

export interface Change {
  at: Instant;
  from: Health;
  to: Health;
}

/** What a daemon writes down that looks at its jobs every ten seconds, and how health moved meanwhile. */
export function record(jobs: readonly Job[], policy = DEFAULT_POLICY): { past: Past; changes: Change[] } {
  const ends = jobs.map(ended).toSorted((a, b) => a.at - b.at);
  const events: TargetEvent[] = [];
  const changes: Change[] = [];
  let state: TargetState = freshState(ID, ends[0]?.at ?? NOON);
  const runningAt = (at: Instant): RunningJob[] =>
    ends
      .filter(({ submittedAt = 0, at: endedAt }) => submittedAt <= at && endedAt > at)
      .toSorted((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0))
      .map(({ submittedAt = 0, endedIn }) => ({ submittedAt, isAccepted: endedIn !== 'submit' }));
  const write = (event: TargetEvent): void => {
    const step = reduce(state, event, policy);
    if (!step.changed) return;
    if (step.state.health !== state.health)
      changes.push({ at: event.at, from: state.health, to: step.state.health });
    state = step.state;
    events.push(event);
  };
  let at = NOON;
  for (const end of ends) {
    for (; at < end.at; at += TICK_MS) {
      const running = runningAt(at);
      if (state.belief !== null && (running.length > 0 || state.belief.troubleSince !== null))
        write({ type: 'looked', at, running });
    }
    const running = runningAt(end.at);
    write(running.length === 0 ? end : { ...end, running });
  }
  return { past: { target: ID, events, open: [] }, changes };
}

/** Ten good videos, ten minutes apart. */
export const GOOD: Job[] = Array.from({ length: 10 }, (_, n) => ({
  submittedAt: NOON + n * 10 * MINUTE + 1,
  tookMs: MINUTE,
  said: 'pass',
}));
export const LATER = NOON + 2 * HOUR;
export const OUTAGE: Job[] = [0, 1, 2, 3].map((n) => ({
  submittedAt: LATER + n * 3 * MINUTE + 1,
  tookMs: 20 * SECOND,
  said: 'unavailable' as const,
}));
export const RECOVERY: Job[] = [20, 22, 24, 26, 28].map((n) => ({
  submittedAt: LATER + n * MINUTE + 1,
  tookMs: MINUTE,
  said: 'pass' as const,
}));
