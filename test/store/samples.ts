/** Small, whole values of the store's words for tests. */

import { MINUTE } from '../../src/core/base.ts';
import type { TargetEvent, TargetState, Verdict } from '../../src/core/model.ts';
import type { Trace } from '../../src/core/trace.ts';
import type { TargetStory } from '../../src/core/effect.ts';
import type { RoutePlan } from '../../src/core/route.ts';
import type { OutboxRow } from '../../src/ports/outbox.ts';
import type { Commit, RunClaim } from '../../src/ports/store.ts';

export const NOON = Date.UTC(2026, 10, 21, 12);

export function aState(id: string, version: number): TargetState {
  return {
    id,
    version,
    health: 'healthy',
    since: NOON,
    blind: null,
    reason: { code: 'healthy', text: 'The last canary passed.' },
    trust: 1,
    fault: null,
    passesEver: version,
    unsure: 0,
    gone: 0,
    evidence: [],
    incident: null,
    incidentCount: 0,
    check: null,
    lastRun: null,
    notice: null,
    measures: null,
    low: null,
    budgetLow: null,
    belief: null,
    signs: [],
    troubleCounts: null,
  };
}

export function aStory(target: string, at = NOON): TargetStory {
  return {
    effect: { type: 'blind.began', at, target, cause: 'no_credit', text: 'The account is empty – «0,00 $».' },
    target: { id: target, provider: target.split('/')[0] ?? '', model: 'm', region: null },
    moves: [],
    peers: { fine: 3, troubled: [], blind: 0 },
    links: { page: 'http://127.0.0.1/', frame: null, run: null, dashboard: null, runbook: null },
  };
}

/** A row that tells of a route. */
export function aTale(route: string, order: [number, number], channel: string): OutboxRow {
  const [generation, at] = order;
  const effect = {
    type: 'router.drifted' as const,
    at: NOON,
    route,
    sink: 'webhook',
    generation,
    what: ['holds 100, not 47'],
  };
  const { moves, links } = aStory('a/m');
  return {
    key: `route:${route}#${generation}.${at}/${channel}`,
    channel,
    target: `route:${route}`,
    story: { effect, moves, links },
    dueAt: NOON,
    order,
  };
}

export function aTrace(runId: string, more: Partial<Trace> = {}): Trace {
  const startedAt = NOON;
  return {
    runId,
    target: runId.split('@')[0] ?? '',
    startedAt,
    endedAt: startedAt + MINUTE,
    order: { seconds: 4, width: 1280, height: 720, aspect: '16:9', costUsd: 0.4, notes: [] },
    jobId: 'job-1',
    steps: [{ at: startedAt, what: 'submitted', detail: '200' }],
    phasesMs: { submit: 300 },
    failure: null,
    video: null,
    findings: [],
    cost: { usd: 0.4, from: 'computed' },
    isResumed: false,
    ...more,
  };
}

export const PASS: Verdict = { is: 'pass', text: 'A playable video after 40 s.' };

export function aClaim(runId: string, more: Partial<RunClaim> = {}): RunClaim {
  const target = runId.split('@')[0] ?? '';
  return {
    runId,
    target,
    provider: target.split('/')[0] ?? '',
    why: 'slot',
    reservedUsd: 0.5,
    at: NOON,
    limits: { providerUsd: 100, totalUsd: 100 },
    ...more,
  };
}

export function anEvent(at = NOON): TargetEvent {
  return { type: 'check.judged', at, verdict: PASS };
}

/** The step of a target to `version`, telling the given channels in order. */
export function aCommit(
  target: string,
  version: number,
  channels: string[] = [],
  more: Partial<Commit> = {},
): Commit {
  const at = more.event?.at ?? NOON;
  return {
    before: { version: version - 1 },
    state: aState(target, version),
    event: anEvent(at),
    outbox: channels.map((channel, n) => ({
      key: `${target}#${version}.${n}/${channel}`,
      channel,
      target,
      story: aStory(target, at),
      dueAt: at,
    })),
    closesRun: null,
    plans: [],
    generation: 0,
    ...more,
  };
}

export function aPlan(route: string, generation: number, epoch = 1): RoutePlan {
  return {
    route,
    mode: 'enforce',
    posture: 'normal',
    epoch,
    generation,
    previous: generation - 1,
    issuedAt: NOON,
    members: [],
    fallback: ['runway/gen4.5'],
    frozen: null,
    transition: null,
  };
}

/** The part of a commit that closes a run with a pass. */
export function closing(
  runId: string,
  trace: Partial<Trace> = {},
  frameJpegBase64: string | null = null,
): NonNullable<Commit['closesRun']> {
  return { runId, trace: aTrace(runId, trace), verdict: PASS, frameJpegBase64 };
}
